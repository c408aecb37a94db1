// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.hash.MessageDigests;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.ResponseFormat;
import org.opensearch.script.TemplateScript;

/**
 * What a pipeline says of the processor {@code generate}.
 *
 * @param model id of the model, or null for the default
 * @param fields what is written
 * @param skipExisting whether a target that has a value is left alone
 * @param ignoreMissing whether a field without a text is passed over, rather than failing the document
 */
record GenerateOptions(@Nullable String model, List<Field> fields, boolean skipExisting, boolean ignoreMissing) {
    /** Checks nothing: the factory does. */
    GenerateOptions {
        fields = List.copyOf(fields);
    }

    /** The language of what is written: all fields have the same. */
    ResponseFormat format() {
        return fields.getFirst().options().format();
    }

    /** The same in another language. */
    GenerateOptions withFormat(ResponseFormat format) {
        List<Field> others = fields.stream()
                .map(field -> new Field(
                        field.field(),
                        field.target(),
                        field.prompt(),
                        field.options().withFormat(format)))
                .toList();
        return new GenerateOptions(model, others, skipExisting, ignoreMissing);
    }

    /** Targets and their hashes. */
    List<String> paths() {
        return fields.stream()
                .flatMap(field -> List.of(field.target(), field.hash()).stream())
                .toList();
    }

    /**
     * One text that a model writes.
     *
     * @param field path of a text that must be there
     * @param target path of what is written
     * @param prompt made of the document; null for the texts of {@code field} as they are
     * @param options how it is written
     */
    record Field(String field, String target, TemplateScript.@Nullable Factory prompt, AnswerOptions options) {
        private static final String HASH_SUFFIX = "_hash";

        /** Path of the hash of what the target was made of. */
        String hash() {
            return hashOf(target);
        }

        static String hashOf(String target) {
            return target + HASH_SUFFIX;
        }

        /** The hash of model, options and prompt: equal ones give equal texts. */
        String hash(String model, String rendered) {
            MessageDigest digest = MessageDigests.sha256();
            List<String> parts = new ArrayList<>(options.stop());
            parts.addAll(List.of(
                    model,
                    Integer.toString(options.maxCompletionTokens()),
                    options.sampling().toString(),
                    rendered));
            if (options.format().type() != ResponseFormat.Type.TEXT) {
                parts.add(options.format().toString());
            }
            for (String part : parts) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
                digest.update(bytes);
            }
            return Base64.getUrlEncoder().withoutPadding().encodeToString(digest.digest());
        }
    }
}
