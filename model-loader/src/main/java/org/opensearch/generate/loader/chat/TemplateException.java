// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

/** What a template got wrong, and in which of its lines once that is known. */
final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int line;
    private final boolean refusal;

    private TemplateException(int line, boolean refusal, String problem) {
        super(problem, null, false, false);
        this.line = line;
        this.refusal = refusal;
    }

    TemplateException(String problem) {
        this(0, false, problem);
    }

    TemplateException(int line, String problem) {
        this(line, false, problem);
    }

    /** The template itself refuses the conversation, in these words. */
    static TemplateException refusal(String words) {
        return new TemplateException(0, true, words);
    }

    /** Whether the template called {@code raise_exception}. */
    boolean isRefusal() {
        return refusal;
    }

    /** The same with a line, unless it has one. */
    TemplateException at(int otherLine) {
        return line > 0 ? this : new TemplateException(otherLine, refusal, String.valueOf(getMessage()));
    }

    /** Line and problem. */
    String describe() {
        return "chat template, line " + line + ": " + getMessage();
    }
}
