// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.djl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.runner.TestFiles;
import org.opensearch.generate.runner.engine.FinishReason;
import org.opensearch.generate.runner.engine.Generation;

class GenerateEngineTest {
    @TempDir
    Path folder;

    @Test
    void aCriteriaWithAFileOrAFolderGivesAModelWhosePredictorAnswers() throws Exception {
        Path file = TinyModel.of("llama").writeGguf(folder);
        String answer;
        try (ZooModel<String, String> model = criteria(file, String.class).loadModel();
                Predictor<String, String> predictor = model.newPredictor()) {
            answer = predictor.predict("Hello");
            assertEquals(List.of(answer, answer), predictor.batchPredict(List.of("Hello", "Hello")));
        }
        try (ZooModel<String, Generation> model =
                        criteria(folder, Generation.class).loadModel();
                Predictor<String, Generation> predictor = model.newPredictor()) {
            Generation generation = predictor.predict("Hello");
            assertEquals(answer, generation.text());
            assertEquals(FinishReason.LENGTH, generation.finishReason());
            assertEquals(5, generation.tokens().size());
        }
        Path huggingFace = TinyModel.of("qwen2").withType(TensorType.F16).writeHuggingFace(folder.resolve("hf"));
        try (ZooModel<String, Generation> model =
                        criteria(huggingFace, Generation.class).loadModel();
                Predictor<String, Generation> predictor = model.newPredictor()) {
            assertEquals(5, predictor.predict("Hello").tokens().size());
        }
    }

    @Test
    void djlKnowsTheEngine() {
        assertEquals(GenerateEngine.NAME, Engine.getEngine(GenerateEngine.NAME).getEngineName());
    }

    @Test
    void otherTypesAreRefused() throws Exception {
        Path file = TinyModel.of("llama").writeGguf(folder);
        assertThrows(ModelNotFoundException.class, () -> criteria(file, Integer.class)
                .loadModel());
    }

    private static <O> Criteria<String, O> criteria(Path path, Class<O> output) {
        return Criteria.builder()
                .setTypes(String.class, output)
                .optEngine(GenerateEngine.NAME)
                .optModelPath(path)
                .optTranslatorFactory(new GenerateTranslatorFactory())
                .optArgument("threads", 1)
                .optArgument("native_folder", TestFiles.nativeFolder().toString())
                .optArgument("max_tokens", 5)
                .optArgument("temperature", 1)
                .optArgument("seed", 11)
                .build();
    }
}
