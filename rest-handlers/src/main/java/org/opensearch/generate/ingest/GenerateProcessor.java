// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.ingest.AbstractBatchingProcessor;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.IngestDocumentWrapper;

/**
 * The processor {@value #TYPE}: writes what a model makes of a document. Never works on the thread that calls it; documents of a
 * bulk request are in the engine together.
 */
final class GenerateProcessor extends AbstractBatchingProcessor {
    static final String TYPE = "generate";

    private final Supplier<IngestEngine> engine;
    private final GenerateOptions options;

    GenerateProcessor(
            @Nullable String tag,
            @Nullable String description,
            int batchSize,
            GenerateOptions options,
            Supplier<IngestEngine> engine) {
        super(tag, description, batchSize);
        this.options = options;
        this.engine = engine;
    }

    /** Results go on in the order of the bulk request, whichever batch is ready first: its reply lists failures as they come. */
    @Override
    public void batchExecute(List<IngestDocumentWrapper> wrappers, Consumer<List<IngestDocumentWrapper>> handler) {
        super.batchExecute(
                wrappers,
                results -> handler.accept(results.stream()
                        .sorted(Comparator.comparingInt(IngestDocumentWrapper::getSlot)
                                .thenComparingInt(IngestDocumentWrapper::getChildSlot))
                        .toList()));
    }

    @Override
    protected void subBatchExecute(
            List<IngestDocumentWrapper> wrappers, Consumer<List<IngestDocumentWrapper>> handler) {
        List<IngestDocument> documents =
                wrappers.stream().map(IngestDocumentWrapper::getIngestDocument).toList();
        run(documents, failures -> {
            List<IngestDocumentWrapper> results = new ArrayList<>();
            for (int i = 0; i < wrappers.size(); i++) {
                IngestDocumentWrapper wrapper = wrappers.get(i);
                Handlers.tell(
                        (document, failure) -> results.add(new IngestDocumentWrapper(
                                wrapper.getSlot(), wrapper.getChildSlot(), document, failure)),
                        documents.get(i),
                        failures.get(i));
            }
            handler.accept(results);
        });
    }

    @Override
    public void execute(IngestDocument document, BiConsumer<IngestDocument, Exception> handler) {
        run(List.of(document), failures -> Handlers.tell(handler, document, failures.getFirst()));
    }

    @Override
    public IngestDocument execute(IngestDocument document) {
        throw new UnsupportedOperationException("[" + TYPE + "] works asynchronously only");
    }

    private void run(List<IngestDocument> documents, Consumer<List<@Nullable Exception>> handler) {
        IngestEngine shared = engine.get();
        ActionListener<List<@Nullable Exception>> back = new ActionListener<>() {
            @Override
            public void onResponse(List<@Nullable Exception> failures) {
                handler.accept(failures);
            }

            @Override
            public void onFailure(Exception e) {
                List<@Nullable Exception> all = new ArrayList<>();
                documents.forEach(document -> all.add(e));
                handler.accept(all);
            }
        };
        new Enrichment(shared, options, documents, ActionListener.notifyOnce(shared.inContext(back))).start();
    }

    @Override
    public String getType() {
        return TYPE;
    }
}
