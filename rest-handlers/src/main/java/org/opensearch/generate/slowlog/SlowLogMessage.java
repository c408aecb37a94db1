// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.slowlog;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.opensearch.common.logging.OpenSearchLogMessage;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.generate.rag.Answer;

/** A line of the slow log, as {@code name[value], …} and as fields for OpenSearch's JSON layout. Text from outside stays one line. */
final class SlowLogMessage extends OpenSearchLogMessage {
    private static final long serialVersionUID = 1;

    private SlowLogMessage(Map<String, Object> fields, String line) {
        super(fields, "{}", line);
    }

    static SlowLogMessage of(SlowAnswer slow, List<Phase> phases, int promptLength) {
        Answer answer = slow.answer();
        Answer.Timings timings = answer.timings();
        TimeValue took = TimeValue.timeValueNanos(slow.totalNanos());
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("took", took);
        fields.put("took_millis", took.millis());
        fields.put("slow", phases.stream().map(Phase::key).collect(Collectors.joining(",")));
        fields.put("model", answer.model());
        fields.put("answer_id", answer.id());
        fields.put("finish_reason", answer.finishReason().name().toLowerCase(Locale.ROOT));
        fields.put("retrieve_millis", rounded(slow.retrieveNanos() / 1e6));
        fields.put("queue_millis", rounded(timings.queueMillis()));
        fields.put("prefill_millis", rounded(timings.prefillMillis()));
        fields.put("decode_millis", rounded(slow.decodeMillis()));
        fields.put("prompt_tokens", answer.usage().promptTokens());
        fields.put("cached_tokens", answer.usage().cachedTokens());
        fields.put("completion_tokens", answer.usage().completionTokens());
        fields.put("user", slow.user());
        fields.put("id", slow.opaqueId());
        if (promptLength > 0) {
            fields.put("prompt", cut(slow.prompt(), promptLength));
        }
        String line = fields.entrySet().stream()
                .map(field -> field.getKey() + "[" + escaped(field.getValue()) + "]")
                .collect(Collectors.joining(", "));
        return new SlowLogMessage(fields, line);
    }

    /** At most so many characters, and no half of a pair of surrogates. */
    private static String cut(String text, int length) {
        if (text.length() <= length) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length);
    }

    /** As within a JSON string: no line end, no quote that closes it. */
    private static String escaped(Object value) {
        return new String(JsonStringEncoder.getInstance().quoteAsString(value.toString()));
    }

    private static double rounded(double millis) {
        return Math.round(millis * 100) / 100.0;
    }
}
