// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.opensearch.OpenSearchException;

/**
 * Bytes from outside are a request or a refusal, never another failure. Bodies are damaged from one seed ({@code
 * -Dtest.seed=5EED} replays a run, {@code -Dtest.cases=} makes it longer).
 */
class GenerateRequestFuzz {
    private static final String[] BODIES = {
        "{\"question\":\"Who?\",\"stop\":[\"a\"],\"seed\":-1,\"timeout\":\"1s\",\"_source\":false}",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"\\ud83d\\ude00\"}],\"context\":{\"fields\":[\"a.b\"]}}",
        "{\"question\":\"x\",\"query\":{\"bool\":{\"must\":[{\"match\":{\"a\":\"b\"}}]}},\"temperature\":1e0}",
        "{\"question\":\"x\",\"top_p\":0.1,\"logprobs\":true,\"top_logprobs\":20,\"max_completion_tokens\":9}"
    };
    private static final String SPECIAL = "{}[]\",:\\\u00009e-";

    @Test
    void damagedBodies() {
        String given = System.getProperty("test.seed", "");
        long seed = given.isEmpty() ? System.nanoTime() : Long.parseUnsignedLong(given, 16);
        Random random = new Random(seed);
        for (int i = Integer.getInteger("test.cases", 20_000); i > 0; i--) {
            byte[] body = damaged(BODIES[i % BODIES.length].getBytes(StandardCharsets.UTF_8), random);
            try {
                Bodies.parse(body, "wiki");
            } catch (IllegalArgumentException | OpenSearchException | JsonProcessingException e) {
                // refused, with status 400
            } catch (IOException | RuntimeException e) {
                throw new AssertionError(
                        "-Dtest.seed=" + Long.toHexString(seed) + ", body " + Arrays.toString(body), e);
            }
        }
    }

    private static byte[] damaged(byte[] body, Random random) {
        byte[] damaged = body;
        for (int change = random.nextInt(4); change >= 0; change--) {
            int at = random.nextInt(damaged.length);
            switch (random.nextInt(5)) {
                case 0 -> damaged[at] = (byte) random.nextInt(256);
                case 1 -> damaged[at] = damaged[random.nextInt(damaged.length)];
                case 2 -> damaged[at] = (byte) SPECIAL.charAt(random.nextInt(SPECIAL.length()));
                case 3 -> damaged = Arrays.copyOf(damaged, Math.max(1, at));
                default -> {
                    byte[] doubled = Arrays.copyOf(damaged, damaged.length * 2);
                    System.arraycopy(damaged, 0, doubled, damaged.length, damaged.length);
                    damaged = doubled;
                }
            }
        }
        return damaged;
    }
}
