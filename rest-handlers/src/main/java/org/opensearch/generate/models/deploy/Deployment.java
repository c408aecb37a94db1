// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.io.IOException;
import java.util.List;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.ParseField;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ConstructingObjectParser;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;

/**
 * A model that the cluster wants on some of its nodes.
 *
 * @param id the model's id
 * @param uuid made when the deployment is; another deployment of the same id has another
 * @param revision how often it was put; a new one makes nodes try again where they failed
 * @param source where the model comes from; never changes
 * @param nodes which nodes get it
 * @param assigned ids of the nodes chosen, where {@link NodeSelection#count()} is not 0
 */
public record Deployment(
        String id, String uuid, long revision, DeploymentSource source, NodeSelection nodes, List<String> assigned)
        implements Writeable, ToXContentObject {

    private static final ConstructingObjectParser<Deployment, String> PARSER =
            new ConstructingObjectParser<>("deployment", false, (arguments, id) -> {
                @SuppressWarnings("unchecked")
                List<String> assigned = (List<String>) arguments[4];
                return new Deployment(
                        id,
                        (String) arguments[0],
                        (Long) arguments[1],
                        (DeploymentSource) arguments[2],
                        (NodeSelection) arguments[3],
                        assigned);
            });

    static {
        PARSER.declareString(ConstructingObjectParser.constructorArg(), new ParseField("uuid"));
        PARSER.declareLong(ConstructingObjectParser.constructorArg(), new ParseField("revision"));
        PARSER.declareObject(
                ConstructingObjectParser.constructorArg(),
                (parser, id) -> DeploymentSource.parse(parser),
                new ParseField("source"));
        PARSER.declareObject(
                ConstructingObjectParser.constructorArg(),
                (parser, id) -> NodeSelection.parse(parser),
                new ParseField("nodes"));
        PARSER.declareStringArray(ConstructingObjectParser.constructorArg(), new ParseField("assigned"));
    }

    public Deployment {
        assigned = List.copyOf(assigned);
    }

    /** A deployment that is new. */
    public static Deployment of(String id, String uuid, DeploymentSource source, NodeSelection nodes) {
        return new Deployment(id, uuid, 1, source, nodes, List.of());
    }

    /** This one, put again. */
    public Deployment again(NodeSelection wanted) {
        return new Deployment(id, uuid, revision + 1, source, wanted, wanted.count() == 0 ? List.of() : assigned);
    }

    /** This one on other nodes. */
    Deployment on(List<String> nodeIds) {
        return new Deployment(id, uuid, revision, source, nodes, nodeIds);
    }

    /** Reads what {@link #writeTo} wrote. */
    public Deployment(StreamInput in) throws IOException {
        this(
                in.readString(),
                in.readString(),
                in.readVLong(),
                new DeploymentSource(in),
                new NodeSelection(in),
                in.readStringList());
    }

    /** Reads what {@link #toXContent} wrote. */
    static Deployment parse(XContentParser parser, String id) throws IOException {
        return PARSER.parse(parser, id);
    }

    /** Whether a node shall have the model. */
    public boolean isFor(DiscoveryNode node) {
        return nodes.count() == 0 ? nodes.matches(node) : assigned.contains(node.getId());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeString(id);
        out.writeString(uuid);
        out.writeVLong(revision);
        source.writeTo(out);
        nodes.writeTo(out);
        out.writeStringCollection(assigned);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        return builder.startObject()
                .field("uuid", uuid)
                .field("revision", revision)
                .field("source", source)
                .field("nodes", nodes)
                .field("assigned", assigned)
                .endObject();
    }
}
