// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.action.MappedFormats;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.Document;
import org.opensearch.generate.rag.ResponseFormat;
import org.opensearch.generate.runner.engine.FinishReason;
import org.opensearch.ingest.IngestDocument;

/**
 * A batch of documents on its way through a model.
 *
 * <h2>Idea</h2>
 * Prompts are made first. What the document or its stored version already has of the same prompt is taken from there; the rest
 * goes to the engine together. A document is written to when all its answers are there, or not at all; the batch goes on when all
 * its documents are done.
 *
 * <h2>Threads</h2>
 * On the ingest pool, one after the other until the engine is asked; each document has its own lock from then on.
 */
final class Enrichment {
    private final IngestEngine engine;
    private GenerateOptions options;
    private final List<Item> items;
    private final ActionListener<List<@Nullable Exception>> listener;
    private final AtomicInteger open;
    private @Nullable String modelId;

    /**
     * @param documents to be written to
     * @param listener told of each document's failure, null for none
     */
    Enrichment(
            IngestEngine engine,
            GenerateOptions options,
            List<IngestDocument> documents,
            ActionListener<List<@Nullable Exception>> listener) {
        this.engine = engine;
        this.options = options;
        this.items = documents.stream().map(Item::new).toList();
        this.listener = listener;
        this.open = new AtomicInteger(items.size());
    }

    void start() {
        if (options.format().type() != ResponseFormat.Type.MAPPING) {
            prepare();
            return;
        }
        MappedFormats.resolve(
                engine.client(),
                options.fields().getFirst().options(),
                engine.inContext(ActionListener.wrap(
                        resolved -> {
                            options = options.withFormat(resolved.format());
                            prepare();
                        },
                        listener::onFailure)));
    }

    private void prepare() {
        engine.run(listener, l -> {
            items.forEach(Item::prepare);
            List<Item> known =
                    items.stream().filter(item -> !item.wanted.isEmpty()).toList();
            List<IngestDocument> documents =
                    known.stream().map(item -> item.document).toList();
            StoredDocuments.find(
                    engine,
                    documents,
                    options.paths(),
                    ActionListener.wrap(
                            found -> {
                                for (int i = 0; i < known.size(); i++) {
                                    known.get(i).take(found.get(i));
                                }
                                ask();
                            },
                            l::onFailure));
        });
    }

    private void ask() {
        List<EngineLine.Job> jobs = new ArrayList<>();
        List<Item> done = new ArrayList<>();
        for (Item item : items) {
            List<EngineLine.Job> asked = item.jobs();
            jobs.addAll(asked);
            if (asked.isEmpty()) {
                done.add(item);
            }
        }
        if (!jobs.isEmpty()) {
            engine.ask(modelId(), jobs);
        }
        done.forEach(Item::done);
    }

    private String modelId() {
        String id = modelId;
        if (id == null) {
            id = engine.modelId(options.model());
            modelId = id;
        }
        return id;
    }

    /**
     * A text that is wanted of the model.
     *
     * @param hash of what it is made of
     */
    private record Wanted(GenerateOptions.Field field, String prompt, String hash) {}

    /** One document. */
    private final class Item {
        private final IngestDocument document;
        private final List<Wanted> wanted = new ArrayList<>();
        private final Map<Wanted, Object> texts = new LinkedHashMap<>();
        private @Nullable Exception failure;

        Item(IngestDocument document) {
            this.document = document;
        }

        void prepare() {
            try {
                for (GenerateOptions.Field field : options.fields()) {
                    prepare(field);
                }
                if (!wanted.isEmpty()) {
                    Targets.check(
                            document,
                            wanted.stream()
                                    .flatMap(one -> List.of(one.field.target(), one.field.hash()).stream())
                                    .toList());
                }
            } catch (RuntimeException e) {
                wanted.clear();
                failure = e;
            }
        }

        private void prepare(GenerateOptions.Field field) {
            Object present = Targets.value(document, field.target());
            if (options.skipExisting() && present != null) {
                return;
            }
            List<Document.Text> found = Targets.texts(document, field.field());
            if (found.isEmpty()) {
                if (options.ignoreMissing()) {
                    return;
                }
                throw new IllegalArgumentException("field [" + field.field()
                        + "] has no text; [ignore_missing] leaves such documents as they are");
            }
            String prompt = field.prompt() != null
                    ? document.renderTemplate(field.prompt())
                    : found.stream().map(Document.Text::value).collect(Collectors.joining("\n"));
            if (prompt.isBlank()) {
                throw new IllegalArgumentException("the prompt for [" + field.target() + "] is empty");
            }
            String hash = field.hash(modelId(), prompt);
            if (present == null || !hash.equals(Targets.value(document, field.hash()))) {
                wanted.add(new Wanted(field, prompt, hash));
            }
        }

        /** Takes over what the stored document has of the same input. */
        void take(StoredDocuments.Stored stored) {
            for (Wanted one : List.copyOf(wanted)) {
                Object text = stored.value(one.field.target());
                if (text != null && one.hash.equals(stored.value(one.field.hash()))) {
                    texts.put(one, text);
                    wanted.remove(one);
                }
            }
        }

        List<EngineLine.Job> jobs() {
            List<EngineLine.Job> jobs = new ArrayList<>();
            AtomicInteger left = new AtomicInteger(wanted.size());
            for (Wanted one : wanted) {
                jobs.add(new EngineLine.Job(engine.task(one.prompt, one.field.options()), new ActionListener<>() {
                    @Override
                    public void onResponse(Answer answer) {
                        synchronized (texts) {
                            try {
                                texts.put(one, value(answer));
                            } catch (RuntimeException e) {
                                failure = e;
                            }
                        }
                        ended();
                    }

                    @Override
                    public void onFailure(Exception e) {
                        synchronized (texts) {
                            failure = e;
                        }
                        ended();
                    }

                    private void ended() {
                        if (left.decrementAndGet() == 0) {
                            done();
                        }
                    }
                }));
            }
            return jobs;
        }

        /** Writes all texts or none, and ends the batch if this is its last document. */
        void done() {
            synchronized (texts) {
                if (failure == null) {
                    write();
                }
            }
            if (open.decrementAndGet() == 0) {
                listener.onResponse(failures());
            }
        }

        private void write() {
            try {
                texts.forEach((one, text) -> {
                    document.setFieldValue(one.field.target(), text);
                    document.setFieldValue(one.field.hash(), one.hash);
                });
            } catch (RuntimeException e) {
                failure = e;
            }
        }
    }

    /** What is written of an answer: JSON as what it says, else the text. */
    private Object value(Answer answer) {
        if (!options.format().type().isJson()) {
            return answer.text().strip();
        }
        if (answer.finishReason() != FinishReason.STOP) {
            throw new IllegalArgumentException("the answer was cut after "
                    + answer.usage().completionTokens() + " tokens, before its JSON was complete: more [max_tokens]");
        }
        Map<String, Object> whole =
                XContentHelper.convertToMap(JsonXContent.jsonXContent, "{\"value\":" + answer.text() + "}", true);
        return Objects.requireNonNullElse(whole.get("value"), "null");
    }

    private List<@Nullable Exception> failures() {
        @Nullable Exception[] failures = new Exception[items.size()];
        for (int i = 0; i < failures.length; i++) {
            Item item = items.get(i);
            synchronized (item.texts) {
                failures[i] = item.failure;
            }
        }
        return Arrays.asList(failures);
    }
}
