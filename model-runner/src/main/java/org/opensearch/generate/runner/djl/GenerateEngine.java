// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.util.passthrough.PassthroughNDManager;
import org.jspecify.annotations.Nullable;

/** The runner under DJL's name {@value #NAME}. It loads and runs language models; it has no tensors of DJL's. */
public final class GenerateEngine extends Engine {
    /** What {@code Criteria.optEngine} is given. */
    public static final String NAME = "Generate";

    /** Behind the engines that run any model. */
    static final int RANK = 20;

    @Override
    public @Nullable Engine getAlternativeEngine() {
        return null;
    }

    @Override
    public String getEngineName() {
        return NAME;
    }

    @Override
    public int getRank() {
        return RANK;
    }

    @Override
    public String getVersion() {
        String version = GenerateEngine.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    @Override
    public boolean hasCapability(String capability) {
        return false;
    }

    @Override
    public Device defaultDevice() {
        return Device.cpu();
    }

    @Override
    public int getGpuCount() {
        return 0;
    }

    @Override
    public Model newModel(String name, @Nullable Device device) {
        return new GenerateModel(name, newBaseManager(device));
    }

    @Override
    public NDManager newBaseManager() {
        return newBaseManager(null);
    }

    @Override
    public NDManager newBaseManager(@Nullable Device device) {
        return new PassthroughNDManager(this, device == null ? defaultDevice() : device);
    }
}
