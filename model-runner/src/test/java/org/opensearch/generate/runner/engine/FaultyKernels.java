// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.runner.kernel.DeviceException;
import org.opensearch.generate.runner.kernel.Kernels;

/** Real kernels of which some operations fail, counted since the last {@link #fail}. */
final class FaultyKernels {
    private static final Set<String> NEVER_FAIL = Set.of("name", "allocatedBytes", "free", "close", "toString");

    private final Kernels real;
    private int calls;
    private int first;
    private int last;

    FaultyKernels(Kernels real) {
        this.real = real;
    }

    /** The kernels that a model can be given. */
    Kernels kernels() {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    if (!NEVER_FAIL.contains(method.getName()) && fails()) {
                        throw new DeviceException(method.getName(), real.name(), "fails, as the test wants");
                    }
                    return call(method, arguments);
                });
    }

    private @Nullable Object call(Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(real, arguments);
        } catch (InvocationTargetException e) {
            throw e.getTargetException();
        }
    }

    /** From now on the calls {@code first} to {@code last} fail, counted from 1. */
    synchronized void fail(int firstCall, int lastCall) {
        calls = 0;
        first = firstCall;
        last = lastCall;
    }

    private synchronized boolean fails() {
        calls++;
        return calls >= first && calls <= last;
    }

    /** Calls since the last {@link #fail}. */
    synchronized int calls() {
        return calls;
    }
}
