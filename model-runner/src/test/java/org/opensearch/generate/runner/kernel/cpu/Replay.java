// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cpu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.Workers;

/**
 * The C kernels of any processor family, in a process of their own: {@code src/test/c/replay.c}, which describes what is said to
 * it, under an emulator where this machine is of another family. A call sends the memory that its pointers reach and takes back
 * what it then holds. Calls follow each other, also those of several threads.
 */
final class Replay implements AutoCloseable {
    private static final Path SCRIPT =
            Path.of(System.getProperty("generate.root"), "model-runner", "src", "test", "c", "replay");
    private static final List<String> PROBLEMS = List.of(
            "", "there is no such function", "more arguments than replay.c takes", "out of memory", "written outside");

    private final CpuLevel level;
    private final Process process;

    /**
     * @param architecture the processor family, such as {@code aarch64}
     * @param processor what the emulator is to be, {@code max} for all it can
     * @param level whose library is called
     * @param folder where the libraries are, in a folder for each platform
     */
    Replay(String architecture, String processor, CpuLevel level, Path folder) throws IOException {
        Path library = folder.resolve("linux-" + architecture).resolve("libgenerate-" + level.id() + ".so");
        this.level = level;
        this.process = new ProcessBuilder(SCRIPT.toString(), architecture, processor, library.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Kernels whose every part of an operation is computed by the process. */
    Kernels kernels(int threads) {
        CpuLibrary library = new CpuLibrary(level, "replay", this::function);
        return new CpuKernels(
                library, MatmulChoice.always(MatmulKernel.STREAMED), new Workers(threads), MemoryBudget.UNLIMITED);
    }

    /** What {@code generate_level} says there. */
    long level() {
        return call("generate_level");
    }

    private MethodHandle function(String name, FunctionDescriptor type) {
        try {
            return MethodHandles.lookup()
                    .bind(this, "call", MethodType.methodType(long.class, String.class, Object[].class))
                    .bindTo(name)
                    .asCollector(Object[].class, type.argumentLayouts().size())
                    .asType(type.toMethodType());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(name, e);
        }
    }

    private synchronized long call(String name, Object... arguments) {
        try {
            process.getOutputStream().write(request(name, arguments));
            process.getOutputStream().flush();
            int problem = (int) answer(Long.BYTES).getLong();
            if (problem != 0) {
                throw new AssertionError(name + ": " + PROBLEMS.get(problem));
            }
            long result = answer(Long.BYTES).getLong();
            for (Object argument : arguments) {
                if (argument instanceof MemorySegment memory && memory.address() != 0) {
                    memory.copyFrom(MemorySegment.ofBuffer(answer((int) memory.byteSize())));
                }
            }
            return result;
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }

    private static byte[] request(String name, Object[] arguments) {
        long bytes = 2L * Long.BYTES + name.length() + 2L * Long.BYTES * arguments.length;
        for (Object argument : arguments) {
            bytes += argument instanceof MemorySegment memory ? memory.byteSize() : 0;
        }
        ByteBuffer request = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
        request.putLong(name.length());
        request.put(name.getBytes(StandardCharsets.US_ASCII));
        request.putLong(arguments.length);
        for (Object argument : arguments) {
            if (argument instanceof MemorySegment memory) {
                request.putLong('p').putLong(memory.address() == 0 ? -1 : memory.byteSize());
                request.put(memory.asByteBuffer());
            } else if (argument instanceof Float number) {
                request.putLong('f').putLong(Float.floatToRawIntBits(number));
            } else {
                request.putLong('i').putLong((long) argument);
            }
        }
        return request.array();
    }

    private ByteBuffer answer(int bytes) throws IOException {
        byte[] read = process.getInputStream().readNBytes(bytes);
        if (read.length < bytes) {
            throw new IOException("the process ended, and should not have");
        }
        return ByteBuffer.wrap(read).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Ends the process. */
    @Override
    public void close() {
        process.destroy();
    }
}
