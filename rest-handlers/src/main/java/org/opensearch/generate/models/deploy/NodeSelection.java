// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.io.IOException;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodeRole;
import org.opensearch.core.ParseField;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ConstructingObjectParser;
import org.opensearch.core.xcontent.ObjectParser.ValueType;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;

/**
 * Which nodes get a model: those with one of the roles and all of the attributes, or as many of those as are counted.
 *
 * @param roles names of roles, one of which a node must have; empty asks for none
 * @param attributes what {@code node.attr} must say, all of it
 * @param count how many nodes; 0 for all that match, also those that join later
 */
public record NodeSelection(NavigableSet<String> roles, SortedMap<String, String> attributes, int count)
        implements Writeable, ToXContentObject {
    /** For requests that do not say: all nodes that hold data. */
    public static final NodeSelection DATA_NODES = new NodeSelection(
            new TreeSet<>(List.of(DiscoveryNodeRole.DATA_ROLE.roleName())), Collections.emptySortedMap(), 0);

    private static final ConstructingObjectParser<NodeSelection, Void> PARSER =
            new ConstructingObjectParser<>("nodes", arguments -> {
                @SuppressWarnings("unchecked")
                Collection<String> roles = arguments[0] == null ? List.of() : (Collection<String>) arguments[0];
                @SuppressWarnings("unchecked")
                Map<String, String> attributes = arguments[1] == null ? Map.of() : (Map<String, String>) arguments[1];
                return of(roles, attributes, (Integer) arguments[2]);
            });

    static {
        PARSER.declareStringArray(ConstructingObjectParser.optionalConstructorArg(), new ParseField("roles"));
        PARSER.declareField(
                ConstructingObjectParser.optionalConstructorArg(),
                (parser, none) -> parser.mapStrings(),
                new ParseField("attributes"),
                ValueType.OBJECT);
        PARSER.declareInt(ConstructingObjectParser.optionalConstructorArg(), new ParseField("count"));
    }

    public NodeSelection {
        roles = Collections.unmodifiableNavigableSet(new TreeSet<>(roles));
        attributes = Collections.unmodifiableSortedMap(new TreeMap<>(attributes));
    }

    /** Reads what {@link #writeTo} wrote. */
    public NodeSelection(StreamInput in) throws IOException {
        this(
                new TreeSet<>(in.readStringList()),
                new TreeMap<>(in.readMap(StreamInput::readString, StreamInput::readString)),
                in.readVInt());
    }

    /** Reads what {@link #toXContent} wrote, or a user did. Throws {@link IllegalArgumentException} that names what is wrong. */
    public static NodeSelection parse(XContentParser parser) throws IOException {
        return PARSER.parse(parser, null);
    }

    private static NodeSelection of(Collection<String> roles, Map<String, String> attributes, @Nullable Integer count) {
        if (count != null && count < 1) {
            throw new IllegalArgumentException("[nodes.count] must be at least 1, found " + count);
        }
        NavigableSet<String> names = roles.isEmpty() && attributes.isEmpty() ? DATA_NODES.roles : new TreeSet<>(roles);
        return new NodeSelection(names, new TreeMap<>(attributes), count == null ? 0 : count);
    }

    /** Whether a node may have the model. */
    public boolean matches(DiscoveryNode node) {
        boolean role = roles.isEmpty()
                || node.getRoles().stream().map(DiscoveryNodeRole::roleName).anyMatch(roles::contains);
        return role
                && attributes.entrySet().stream().allMatch(wanted -> wanted.getValue()
                        .equals(node.getAttributes().get(wanted.getKey())));
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeStringCollection(roles);
        out.writeMap(attributes, StreamOutput::writeString, StreamOutput::writeString);
        out.writeVInt(count);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject();
        if (!roles.isEmpty()) {
            builder.field("roles", roles);
        }
        if (!attributes.isEmpty()) {
            builder.field("attributes", attributes);
        }
        if (count > 0) {
            builder.field("count", count);
        }
        return builder.endObject();
    }
}
