// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.loader.chat.ChatTemplate;
import org.opensearch.generate.loader.chat.PromptPiece;
import org.opensearch.generate.loader.tokenizer.Tokenizer;
import org.opensearch.generate.runner.engine.PromptTooLongException;

/**
 * Turns a conversation and documents into a prompt that fits.
 *
 * <h2>Idea</h2>
 * Messages and instructions come first and are never cut. What is left of the context, after room for the answer, is filled with
 * passages in rank order: a passage that does not fit is cut at the end of a sentence, or dropped if not even its first sentence
 * fits. Passages stand before the question, so that questions over the same passages share their prefix. Everything a document
 * says goes through the chat template as the content of a message, in which nothing can become a control token, or another mark of
 * a role ({@link RoleMarkers}).
 */
final class PromptAssembly {
    private static final String INSTRUCTIONS = "Answer the question using only the passages. Be brief.";
    private static final String CITE = " Cite the passage that you used by its number, like [1].";
    private static final String QUOTE = " Quote the passages, their words between quotation marks.";
    private static final String JSON = " Answer in JSON.";
    /** Without this, a small model goes on after its answer. */
    private static final String ANSWER_CUE = "\nShort answer:";

    private static final String JSON_CUE = "\nJSON:";

    private static final String NO_PASSAGES = "(No passages were found.)";
    /** Tokens that a passage may need beyond those of its text alone, where it meets its neighbours. */
    private static final int SEAM_TOKENS = 2;
    /** No token stands for more characters than this; texts are cut before they are counted. */
    private static final int MOST_CHARS_PER_TOKEN = 32;

    private final Tokenizer tokenizer;
    private final ChatTemplate template;
    private final int bos;
    private final ResponseFormat.Type format;

    /**
     * @param bos token id in front of every prompt, or -1 for none
     * @param format what the answer is to be
     */
    PromptAssembly(Tokenizer tokenizer, ChatTemplate template, int bos, ResponseFormat.Type format) {
        this.tokenizer = tokenizer;
        this.template = template;
        this.bos = bos;
        this.format = format;
    }

    /**
     * A prompt.
     *
     * @param tokens its token ids
     * @param passages what it shows
     * @param dropped documents that did not fit
     * @param skipped documents without texts
     * @param passageTokens tokens of the passages
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Prompt(int[] tokens, List<Passage> passages, int dropped, int skipped, int passageTokens) {}

    /** A prompt of the conversation alone. */
    Prompt plain(List<ChatMessage> messages, int limit) {
        int[] tokens = encode(messages);
        if (tokens.length > limit) {
            throw new PromptTooLongException(tokens.length, limit);
        }
        return new Prompt(tokens, List.of(), 0, 0, 0);
    }

    /**
     * A prompt over documents.
     *
     * @param messages the conversation, a question last
     * @param documents in rank order
     * @param maxPassageTokens most tokens of all passages; 0 for no limit
     * @param limit most tokens of the prompt
     * @throws PromptTooLongException if the conversation and the instructions alone do not fit
     */
    Prompt overDocuments(List<ChatMessage> messages, List<Document> documents, int maxPassageTokens, int limit) {
        int[] bare = encode(withPassages(messages, List.of()));
        if (bare.length > limit) {
            throw new PromptTooLongException(bare.length, limit);
        }
        int budget = limit - bare.length;
        if (maxPassageTokens > 0) {
            budget = Math.min(budget, maxPassageTokens);
        }
        while (true) {
            Packed packed = pack(documents, budget);
            int[] tokens = encode(withPassages(messages, packed.passages));
            if (tokens.length <= limit) {
                int texts = (int) documents.stream()
                        .filter(document -> !document.texts().isEmpty())
                        .count();
                return new Prompt(
                        tokens,
                        packed.passages,
                        texts - packed.passages.size(),
                        documents.size() - texts,
                        packed.tokens);
            }
            budget = Math.max(0, Math.min(packed.tokens, budget) - (tokens.length - limit));
        }
    }

    private record Packed(List<Passage> passages, int tokens) {}

    private Packed pack(List<Document> documents, int budget) {
        List<Passage> passages = new ArrayList<>();
        int used = 0;
        for (Document document : documents) {
            if (document.texts().isEmpty()) {
                continue;
            }
            int room = budget - used - SEAM_TOKENS;
            Passage passage = fit(document, passages.size() + 1, room);
            if (passage != null) {
                passages.add(passage);
                used += count(passage) + SEAM_TOKENS;
            }
        }
        return new Packed(List.copyOf(passages), used);
    }

    /** As many of the document's sentences as the room holds; null if not even one. */
    private @Nullable Passage fit(Document document, int marker, int room) {
        long mostChars = (long) Math.max(0, room) * MOST_CHARS_PER_TOKEN;
        List<Passage.Part> sentences = new ArrayList<>();
        long chars = 0;
        for (Document.Text text : document.texts()) {
            if (chars > mostChars) {
                break;
            }
            int readable = (int) Math.min(text.value().length(), mostChars - chars + 1);
            boolean whole = readable == text.value().length();
            List<Sentences.Span> spans = Sentences.split(text.value().substring(0, readable));
            for (int i = 0; i < spans.size(); i++) {
                int end =
                        whole && i == spans.size() - 1 ? readable : spans.get(i).end();
                if (whole || i < spans.size() - 1) {
                    sentences.add(new Passage.Part(text.field(), text.value(), end));
                }
            }
            chars += readable;
        }
        int fits = 0;
        int above = sentences.size() + 1;
        while (above - fits > 1) {
            int middle = fits == 0 && above == sentences.size() + 1 ? sentences.size() : (fits + above) >>> 1;
            if (middle == 0) {
                break;
            }
            if (count(passage(document, marker, sentences, middle)) <= room) {
                fits = middle;
            } else {
                above = middle;
            }
        }
        return fits == 0 || onlyHeading(document, sentences, fits) ? null : passage(document, marker, sentences, fits);
    }

    /** Whether a cut left nothing but the first of several texts. */
    private static boolean onlyHeading(Document document, List<Passage.Part> sentences, int fits) {
        Passage.Part last = sentences.get(fits - 1);
        return document.texts().size() > 1
                && last.field().equals(document.texts().getFirst().field())
                && last.shown() == last.value().length();
    }

    /** The passage that ends with the {@code n}-th sentence. */
    private static Passage passage(Document document, int marker, List<Passage.Part> sentences, int n) {
        List<Passage.Part> parts = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            Passage.Part part = sentences.get(i);
            if (!parts.isEmpty()
                    && parts.getLast().field().equals(part.field())
                    && parts.getLast().value().equals(part.value())) {
                parts.removeLast();
            }
            parts.add(part);
        }
        return new Passage(marker, document.index(), document.id(), List.copyOf(parts));
    }

    private int count(Passage passage) {
        return tokenizer.encode(passage.prompt()).length;
    }

    /** The conversation with instructions in its system message and passages before its last question. */
    private List<ChatMessage> withPassages(List<ChatMessage> messages, List<Passage> passages) {
        List<ChatMessage> all = new ArrayList<>(messages);
        String system = INSTRUCTIONS + manner();
        if (all.getFirst().role().equals("system")) {
            system = all.removeFirst().content() + "\n" + system;
        }
        StringBuilder question = new StringBuilder();
        for (Passage passage : passages) {
            question.append(passage.prompt()).append("\n\n");
        }
        if (passages.isEmpty()) {
            question.append(NO_PASSAGES).append("\n\n");
        }
        question.append("Question: ")
                .append(all.removeLast().content())
                .append(format.isJson() ? JSON_CUE : ANSWER_CUE);
        all.addFirst(new ChatMessage("system", system));
        all.add(new ChatMessage("user", question.toString()));
        return all;
    }

    private String manner() {
        return switch (format) {
            case TEXT -> CITE;
            case QUOTES -> QUOTE;
            case JSON_OBJECT, JSON_SCHEMA, MAPPING -> JSON;
            case REGEX, CHOICE -> "";
        };
    }

    private int[] encode(List<ChatMessage> messages) {
        int[] ids;
        try {
            ids = tokenizer.encode(rendered(messages), false);
        } catch (IllegalArgumentException e) {
            if (!messages.getFirst().role().equals("system") || messages.size() == 1) {
                throw e;
            }
            ids = tokenizer.encode(rendered(systemInUser(messages)), false);
        }
        if (bos < 0 || (ids.length > 0 && ids[0] == bos)) {
            return ids;
        }
        int[] withBos = new int[ids.length + 1];
        withBos[0] = bos;
        System.arraycopy(ids, 0, withBos, 1, ids.length);
        return withBos;
    }

    private List<PromptPiece> rendered(List<ChatMessage> messages) {
        return RoleMarkers.guard(template.render(messages), tokenizer);
    }

    /** For templates that refuse a system message. */
    private static List<ChatMessage> systemInUser(List<ChatMessage> messages) {
        List<ChatMessage> all = new ArrayList<>(messages);
        String system = all.removeFirst().content();
        ChatMessage first = all.removeFirst();
        all.addFirst(new ChatMessage(first.role(), system + "\n\n" + first.content()));
        return all;
    }
}
