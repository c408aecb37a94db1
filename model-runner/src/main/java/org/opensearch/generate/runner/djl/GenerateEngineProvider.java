// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.djl;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineProvider;

/** Registers {@link GenerateEngine} with DJL. */
public final class GenerateEngineProvider implements EngineProvider {
    private static final Engine ENGINE = new GenerateEngine();

    @Override
    public String getEngineName() {
        return GenerateEngine.NAME;
    }

    @Override
    public int getEngineRank() {
        return GenerateEngine.RANK;
    }

    @Override
    public Engine getEngine() {
        return ENGINE;
    }
}
