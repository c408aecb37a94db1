// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.opensearch.cluster.ClusterName;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.Diff;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.io.stream.NamedWriteableAwareStreamInput;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.ToXContent;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;

/** The cluster's wishes survive the wire, a difference of two states, and the disk. */
class DeploymentsMetadataTest {
    private static final NamedWriteableRegistry REGISTRY =
            new NamedWriteableRegistry(DeploymentsMetadata.namedWriteables());

    private static DeploymentsMetadata some() throws IOException {
        DeploymentSource folder =
                DeploymentSource.parse(parser("{\"url\": \"https://a.example/m\", \"files\": {" + "\"config.json\": \""
                        + Deployments.SUM + "\", \"model.safetensors\": \"" + Deployments.SUM + "\"}}"));
        DeploymentSource file = DeploymentSource.parse(parser("{\"file\": \"c.gguf\"}"));
        return new DeploymentsMetadata(List.of(
                new Deployment(
                        "a",
                        "uuid-a",
                        3,
                        Deployments.repository("llm/a.gguf"),
                        Deployments.nodes(List.of("data", "ingest"), Map.of("gpu", "true"), 2),
                        List.of("n1", "n2")),
                Deployment.of("b", "uuid-b", folder, NodeSelection.DATA_NODES),
                Deployment.of("c", "uuid-c", file, Deployments.nodes(List.of(), Map.of("zone", "1"), 0))));
    }

    private static XContentParser parser(String json) throws IOException {
        XContentParser parser = Deployments.json(json);
        parser.nextToken();
        return parser;
    }

    private static StreamInput written(BytesStreamOutput out) throws IOException {
        return new NamedWriteableAwareStreamInput(out.bytes().streamInput(), REGISTRY);
    }

    @Test
    void itSurvivesTheWire() throws IOException {
        DeploymentsMetadata all = some();
        try (BytesStreamOutput out = new BytesStreamOutput()) {
            out.writeNamedWriteable(all);
            try (StreamInput in = written(out)) {
                assertEquals(all, in.readNamedWriteable(Metadata.Custom.class));
                assertEquals(0, in.available());
            }
        }
    }

    @Test
    void aDifferenceOfTwoStatesLeadsFromOneToTheOther() throws IOException {
        DeploymentsMetadata before = some();
        for (DeploymentsMetadata after : List.of(
                before, before.without("a"), before.with(before.require("a").again(NodeSelection.DATA_NODES)))) {
            try (BytesStreamOutput out = new BytesStreamOutput()) {
                after.diff(before).writeTo(out);
                try (StreamInput in = written(out)) {
                    Diff<Metadata.Custom> diff = DeploymentsMetadata.readDiff(in);
                    assertEquals(after, diff.apply(before));
                    assertEquals(0, in.available());
                }
            }
        }
    }

    @Test
    void itSurvivesTheDiskAsPartOfTheMetadata() throws IOException {
        DeploymentsMetadata all = some();
        ClusterState state = all.in(ClusterState.EMPTY_STATE);
        try (XContentBuilder builder = JsonXContent.contentBuilder()) {
            builder.startObject();
            Metadata.Builder.toXContent(
                    state.metadata(),
                    builder,
                    new ToXContent.MapParams(Map.of(Metadata.CONTEXT_MODE_PARAM, Metadata.CONTEXT_MODE_GATEWAY)));
            builder.endObject();
            NamedXContentRegistry registry = new NamedXContentRegistry(DeploymentsMetadata.namedXContent());
            try (XContentParser parser = JsonXContent.jsonXContent.createParser(
                    registry, DeprecationHandler.THROW_UNSUPPORTED_OPERATION, builder.toString())) {
                Metadata read = Metadata.Builder.fromXContent(parser);
                assertEquals(all, read.custom(DeploymentsMetadata.TYPE));
            }
        }
    }

    @Test
    void itIsKeptOnDiskAndLeftOutOfSnapshots() throws IOException {
        assertTrue(some().context().contains(Metadata.XContentContext.GATEWAY));
        assertFalse(some().context().contains(Metadata.XContentContext.SNAPSHOT));
    }

    @Test
    void aClusterThatWantsNothingHasNone() throws IOException {
        ClusterState empty = ClusterState.builder(ClusterName.DEFAULT).build();
        assertEquals(DeploymentsMetadata.NONE, DeploymentsMetadata.of(empty));
        assertEquals(some(), DeploymentsMetadata.of(some().in(empty)));
        assertNull(some().without("a").get("a"));
        DeploymentsMetadata last = some().without("a").without("b").without("c");
        assertNull(last.in(some().in(empty)).metadata().custom(DeploymentsMetadata.TYPE), "others can read it");
    }
}
