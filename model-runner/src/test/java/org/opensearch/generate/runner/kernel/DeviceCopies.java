// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Lets {@link KernelContract} test kernels whose buffers are not the host's memory: every buffer that an operation is given, also
 * those inside of other arguments, is copied to the device with guard bytes on both sides, and back when the operation is done.
 */
public final class DeviceCopies {
    private static final int GUARD = 256;
    private static final byte GUARD_BYTE = 0x3C;

    private final Kernels device;
    private final List<Copy> copies = new ArrayList<>();

    private record Copy(Buffer host, Buffer whole, Buffer inside) {}

    private DeviceCopies(Kernels device) {
        this.device = device;
    }

    /** Kernels that take buffers of the host; closed with {@code device}. */
    public static Kernels of(Kernels device) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    try {
                        if (arguments == null) {
                            return method.invoke(device);
                        }
                        DeviceCopies copies = new DeviceCopies(device);
                        Object[] mapped = new Object[arguments.length];
                        for (int i = 0; i < mapped.length; i++) {
                            mapped[i] = copies.map(arguments[i]);
                        }
                        Object result = method.invoke(device, mapped);
                        copies.back();
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private Object map(Object argument) throws ReflectiveOperationException {
        if (argument instanceof Buffer buffer) {
            return copy(buffer);
        }
        if (argument instanceof List<?> list) {
            List<Object> mapped = new ArrayList<>();
            for (Object each : list) {
                mapped.add(map(each));
            }
            return mapped;
        }
        if (argument instanceof Optional<?> optional) {
            return optional.isEmpty() ? optional : Optional.of(map(optional.get()));
        }
        if (!(argument instanceof Record)) {
            return argument;
        }
        RecordComponent[] components = argument.getClass().getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = map(components[i].getAccessor().invoke(argument));
        }
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        return argument.getClass().getDeclaredConstructor(types).newInstance(values);
    }

    /** The same memory has one copy, whatever its shape. */
    private Buffer copy(Buffer host) {
        for (Copy copy : copies) {
            if (copy.host.memory().address() == host.memory().address() && copy.host.bytes() == host.bytes()) {
                return new Buffer(host.what(), host.type(), host.rows(), host.columns(), copy.inside.memory());
            }
        }
        int words = wholeWords(host);
        Buffer whole = device.allocate(host.what(), DataType.I32, 1, words);
        int[] content = new int[words];
        MemorySegment bytes = MemorySegment.ofArray(content);
        bytes.fill(GUARD_BYTE);
        MemorySegment.copy(host.memory(), 0, bytes, GUARD, host.bytes());
        device.upload(content, words, whole);
        MemorySegment inside = MemorySegment.ofAddress(whole.memory().address() + GUARD);
        Buffer buffer = new Buffer(host.what(), host.type(), host.rows(), host.columns(), inside);
        copies.add(new Copy(host, whole, buffer));
        return buffer;
    }

    private static int wholeWords(Buffer host) {
        return Math.toIntExact(Math.ceilDiv(host.bytes() + 2 * GUARD, Integer.BYTES));
    }

    private void back() {
        for (Copy copy : copies) {
            int words = wholeWords(copy.host);
            float[] content = new float[words];
            device.download(new Buffer("copy", DataType.F32, 1, words, copy.whole.memory()), 0, content);
            MemorySegment bytes = MemorySegment.ofArray(content);
            checkGuard(copy.host, bytes.asSlice(0, GUARD));
            checkGuard(copy.host, bytes.asSlice(GUARD + copy.host.bytes(), GUARD));
            MemorySegment.copy(bytes, GUARD, copy.host.memory(), 0, copy.host.bytes());
            device.free(copy.whole);
        }
    }

    private static void checkGuard(Buffer buffer, MemorySegment guard) {
        for (byte each : guard.toArray(ValueLayout.JAVA_BYTE)) {
            if (each != GUARD_BYTE) {
                throw new AssertionError("written outside of " + buffer + " on the device");
            }
        }
    }
}
