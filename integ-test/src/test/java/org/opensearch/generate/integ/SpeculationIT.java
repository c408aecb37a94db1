// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Drafted tokens: the same answers, and counts of what they brought. */
@ExtendWith(NodeExtension.class)
class SpeculationIT {
    private static final String INDEX = "quoted";
    private static final String SMALL = "scripted-small";
    private static final String DETAILS = "/generation/usage/completion_tokens_details";

    private final Node node;

    SpeculationIT(Node node) {
        this.node = node;
    }

    @BeforeAll
    static void prepare(Node node) throws IOException {
        TinyModel.scripted(node.models().resolve(SMALL + ".gguf"), NodeExtension.SCRIPT, 1);
        Asking.index(node, INDEX);
        Asking.load(node, SMALL);
        Asking.load(node, "scripted");
        Asking.load(node, "endless");
        automatic(node, "true");
    }

    @AfterAll
    static void restore(Node node) throws IOException {
        automatic(node, "null");
        node.post("/_plugins/_generate/models/" + SMALL + "/_unload", "").expect(200);
        Files.delete(node.models().resolve(SMALL + ".gguf"));
    }

    private static void automatic(Node node, String drafts) {
        node.put("/_cluster/settings", "{\"persistent\": {\"plugins.generate.speculation\": " + drafts + "}}")
                .expect(200);
    }

    private Reply ask(String model, String more) {
        return node.post("/" + INDEX + "/_generate", """
                        {"question": "What is the hardest mineral of the hill?", "model": "%s",
                         "context": {"fields": ["title", "text"]}, "logprobs": true, "max_completion_tokens": 60%s}""".formatted(model, more)).expect(200);
    }

    private static String speculation(String mode) {
        return ", \"speculation\": {\"mode\": \"" + mode + "\"}";
    }

    @Test
    void everyModeGivesTheSameAnswer() {
        for (String model : List.of("scripted", "endless")) {
            for (String sampling : List.of("", ", \"temperature\": 1.1, \"seed\": 5")) {
                Reply off = ask(model, sampling + speculation("off"));
                assertEquals(0, off.at(DETAILS + "/accepted_prediction_tokens").asInt());
                assertEquals(0, off.at(DETAILS + "/rejected_prediction_tokens").asInt());
                for (String mode : List.of("auto", "prompt_lookup", "suffix", "lookahead")) {
                    Reply drafted = ask(model, sampling + speculation(mode));
                    assertEquals(off.at("/generation/choices"), drafted.at("/generation/choices"), mode);
                }
                assertEquals(off.at("/generation/choices"), ask(model, sampling).at("/generation/choices"));
            }
        }
    }

    @Test
    void anAnswerThatWasGivenBeforeIsDraftedWhole() {
        ask("endless", speculation("suffix"));
        int again = ask("endless", ", \"speculation\": {\"mode\": \"suffix\", \"max_draft_tokens\": 16}")
                .at(DETAILS + "/accepted_prediction_tokens")
                .asInt();
        assertTrue(again >= 30, again + " of 60 accepted");
        JsonNode stats = node.get("/_plugins/_generate/stats").expect(200).body();
        int accepted = 0;
        int drafted = 0;
        for (JsonNode drafters : stats.findValues("drafters")) {
            accepted += drafters.at("/suffix/accepted_tokens").asInt();
            drafted += drafters.at("/suffix/drafted_tokens").asInt();
        }
        assertTrue(accepted >= again && drafted >= accepted, stats::toPrettyString);
    }

    /** The first draft, for which the smaller model reads the prompt, is not waited for; so it may take a second answer. */
    @Test
    void aSmallerModelDrafts() {
        Reply off = ask("scripted", speculation("off"));
        String drafted = ", \"speculation\": {\"mode\": \"draft_model\", \"draft_model\": \"" + SMALL + "\"}";
        Node.await("a draft that is accepted", Asking.SOON, () -> {
            Reply answer = ask("scripted", drafted);
            assertEquals(off.at("/generation/choices"), answer.at("/generation/choices"));
            return answer.at(DETAILS + "/accepted_prediction_tokens").asInt() > 0;
        });
        JsonNode stats = node.get("/_plugins/_generate/stats").expect(200).body();
        assertTrue(
                stats.findValues("drafters").stream()
                        .anyMatch(drafters ->
                                drafters.at("/draft_model/accepted_tokens").asInt() > 0),
                stats::toPrettyString);
    }

    @Test
    void theClusterSwitchesAutomaticDraftsOff() {
        automatic(node, "false");
        try {
            ask("endless", "");
            Reply again = ask("endless", speculation("auto"));
            assertEquals(0, again.at(DETAILS + "/accepted_prediction_tokens").asInt());
            assertEquals(0, again.at(DETAILS + "/rejected_prediction_tokens").asInt());
        } finally {
            automatic(node, "true");
        }
    }

    @Test
    void anUnknownModeIsRefused() {
        Reply refused = node.post("/_generate", "{\"question\": \"Who?\"" + speculation("on") + "}")
                .expect(400);
        assertTrue(refused.body().toString().contains("auto, off, prompt_lookup"), refused.body()::toPrettyString);
        Reply missing = node.post(
                        "/_generate",
                        "{\"question\": \"Who?\", \"speculation\": {\"mode\": \"draft_model\", \"draft_model\": \"none\"}}")
                .expect(400);
        assertTrue(missing.body().toString().contains("none is not loaded"), missing.body()::toPrettyString);
        Reply large = node.post(
                        "/_generate",
                        "{\"question\": \"Who?\", \"model\": \"scripted\", \"speculation\":"
                                + " {\"mode\": \"draft_model\", \"draft_model\": \"endless\"}}")
                .expect(400);
        assertTrue(large.reason().contains("bytes of weights, no less than"), large.reason());
    }
}
