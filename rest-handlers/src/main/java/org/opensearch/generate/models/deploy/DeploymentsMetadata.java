// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.opensearch.Version;
import org.opensearch.cluster.AbstractNamedDiffable;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.NamedDiff;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.core.ParseField;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParserUtils;

/**
 * The cluster's deployments, in its state: what is wanted, never weights. They outlive a restart of the cluster and are no part of
 * snapshots, since a restored cluster has other nodes and repositories.
 */
public final class DeploymentsMetadata extends AbstractNamedDiffable<Metadata.Custom> implements Metadata.Custom {
    /** Its name in the cluster's metadata. */
    public static final String TYPE = "generate_models";

    /** No deployments. */
    public static final DeploymentsMetadata NONE = new DeploymentsMetadata(List.of());

    private final SortedMap<String, Deployment> deployments;

    /** @param deployments one for each id */
    public DeploymentsMetadata(Collection<Deployment> deployments) {
        SortedMap<String, Deployment> byId = new TreeMap<>();
        deployments.forEach(deployment -> byId.put(deployment.id(), deployment));
        this.deployments = Collections.unmodifiableSortedMap(byId);
    }

    /** Reads what {@link #writeTo} wrote. */
    public DeploymentsMetadata(StreamInput in) throws IOException {
        this(in.readList(Deployment::new));
    }

    /** What the cluster wants. */
    public static DeploymentsMetadata of(ClusterState state) {
        DeploymentsMetadata found = state.metadata().custom(TYPE);
        return found == null ? NONE : found;
    }

    /** The state of a cluster that wants this. If that is nothing, nodes without the plugin can read it again. */
    public ClusterState in(ClusterState state) {
        Metadata.Builder metadata = Metadata.builder(state.metadata());
        return ClusterState.builder(state)
                .metadata(deployments.isEmpty() ? metadata.removeCustom(TYPE) : metadata.putCustom(TYPE, this))
                .build();
    }

    /** How nodes send these to each other. */
    public static List<NamedWriteableRegistry.Entry> namedWriteables() {
        return List.of(
                new NamedWriteableRegistry.Entry(Metadata.Custom.class, TYPE, DeploymentsMetadata::new),
                new NamedWriteableRegistry.Entry(NamedDiff.class, TYPE, DeploymentsMetadata::readDiff));
    }

    /** How nodes read these from their disks. */
    public static List<NamedXContentRegistry.Entry> namedXContent() {
        return List.of(new NamedXContentRegistry.Entry(
                Metadata.Custom.class, new ParseField(TYPE), DeploymentsMetadata::parse));
    }

    static NamedDiff<Metadata.Custom> readDiff(StreamInput in) throws IOException {
        return readDiffFrom(Metadata.Custom.class, TYPE, in);
    }

    static DeploymentsMetadata parse(XContentParser parser) throws IOException {
        List<Deployment> deployments = new ArrayList<>();
        while (parser.nextToken() != XContentParser.Token.END_OBJECT) {
            XContentParserUtils.ensureExpectedToken(XContentParser.Token.FIELD_NAME, parser.currentToken(), parser);
            String id = parser.currentName();
            parser.nextToken();
            deployments.add(Deployment.parse(parser, id));
        }
        return new DeploymentsMetadata(deployments);
    }

    /** All, by id. */
    public Collection<Deployment> all() {
        return deployments.values();
    }

    /** The deployment of a model, or null. */
    public @Nullable Deployment get(String id) {
        return deployments.get(id);
    }

    /**
     * These with nodes chosen for those that are for a number of nodes; see {@link Assignment}.
     *
     * @param lost ids of nodes that others may take the places of
     */
    public DeploymentsMetadata assigned(DiscoveryNodes nodes, Set<String> lost) {
        return Assignment.assign(this, nodes, lost);
    }

    /** The deployment of a model that is there. */
    public Deployment require(String id) {
        Deployment found = deployments.get(id);
        if (found == null) {
            throw new IllegalArgumentException("no model [" + id + "] is deployed");
        }
        return found;
    }

    /** These and another one, in the place of one with its id. */
    public DeploymentsMetadata with(Deployment deployment) {
        SortedMap<String, Deployment> more = new TreeMap<>(deployments);
        more.put(deployment.id(), deployment);
        return new DeploymentsMetadata(more.values());
    }

    /** These without one. */
    public DeploymentsMetadata without(String id) {
        SortedMap<String, Deployment> fewer = new TreeMap<>(deployments);
        fewer.remove(id);
        return new DeploymentsMetadata(fewer.values());
    }

    @Override
    public EnumSet<Metadata.XContentContext> context() {
        return Metadata.API_AND_GATEWAY;
    }

    @Override
    public String getWriteableName() {
        return TYPE;
    }

    @Override
    public Version getMinimalSupportedVersion() {
        return Version.V_3_6_0;
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeCollection(deployments.values());
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        for (Deployment deployment : deployments.values()) {
            builder.field(deployment.id(), deployment);
        }
        return builder;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DeploymentsMetadata that && deployments.equals(that.deployments);
    }

    @Override
    public int hashCode() {
        return deployments.hashCode();
    }
}
