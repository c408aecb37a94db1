// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cuda;

import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.generate.runner.kernel.DeviceException;

/** One card with its context, and a stream of our own in which all work is done in order. Any thread, one at a time. */
final class CudaDevice implements AutoCloseable {
    private static final Logger LOG = LogManager.getLogger(CudaDevice.class);

    private static final int CAPABILITY_MAJOR = 75;
    private static final int CAPABILITY_MINOR = 76;
    /** The least compute capability, 8.0: what the kernels are made for. */
    private static final int LEAST_CAPABILITY = 80;

    private static final long MIB = 1L << 20;

    private final CudaDriver driver;
    private final String id;
    private final String name;
    private final long context;
    private final long stream;
    private final Deque<Runnable> closing = new ArrayDeque<>();

    /**
     * Opens a card.
     *
     * @param number from 0 on, as the driver counts
     * @throws DeviceException if there is no such card, it is too old, or it cannot be used now
     */
    CudaDevice(CudaDriver driver, int number) {
        this.driver = driver;
        id = CudaDriver.id(number);
        int count = driver.deviceCount();
        if (number < 0 || number >= count) {
            throw new DeviceException("open", id, "there is no such card, the driver finds " + count);
        }
        name = driver.deviceName(number);
        int capability = driver.deviceAttribute(number, CAPABILITY_MAJOR) * 10
                + driver.deviceAttribute(number, CAPABILITY_MINOR);
        if (capability < LEAST_CAPABILITY) {
            throw new DeviceException(
                    "open",
                    id,
                    name + " has compute capability " + text(capability) + ", at least " + text(LEAST_CAPABILITY)
                            + " is wanted");
        }
        LOG.info(
                "{}: {}, compute capability {}, {} MiB, driver for CUDA {}",
                id,
                name,
                text(capability),
                driver.deviceMemory(number) / MIB,
                driver.version());
        context = driver.retainContext(number);
        closing.push(() -> driver.releaseContext(number));
        try {
            driver.setContext(context);
            stream = driver.createStream(id);
            closing.push(() -> driver.destroyStream(id, stream));
        } catch (RuntimeException e) {
            closing.forEach(Runnable::run);
            throw e;
        }
    }

    /**
     * The card with most free memory; one that cannot be used counts as full.
     *
     * @throws DeviceException if there is no card, or none that can be used
     */
    static int freest(CudaDriver driver) {
        int count = driver.deviceCount();
        if (count <= 1) {
            return 0;
        }
        int best = 0;
        long most = -1;
        for (int number = 0; number < count; number++) {
            try (CudaDevice device = new CudaDevice(driver, number)) {
                long free = device.enter().freeMemory(device.id());
                best = free > most ? number : best;
                most = Math.max(free, most);
            } catch (DeviceException e) {
                LOG.debug("{}", e.getMessage());
            }
        }
        return best;
    }

    private static String text(int capability) {
        return capability / 10 + "." + capability % 10;
    }

    /** {@code cuda:N}. */
    String id() {
        return id;
    }

    /** What the maker calls it. */
    String name() {
        return name;
    }

    /** Where work is put. */
    long stream() {
        return stream;
    }

    /** The driver, with this card's context on the calling thread. */
    CudaDriver enter() {
        driver.setContext(context);
        return driver;
    }

    /** Returns when all work is done; throws what went wrong in it. */
    void await() {
        enter().waitForStream(id, stream);
    }

    /** Does something at the end: on a card that is lost nothing can be given back, and nothing need be. */
    void atEnd(Runnable work) {
        try {
            driver.setContext(context);
            work.run();
        } catch (DeviceException e) {
            LOG.warn("{}", e.getMessage());
        }
    }

    @Override
    public void close() {
        closing.forEach(this::atEnd);
    }
}
