// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.opensearch.Version;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodeRole;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.transport.TransportAddress;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.generate.models.deploy.DeploymentSource.Kind;

/** Deployments and nodes for tests. */
final class Deployments {
    static final String SUM = "0123456789abcdef".repeat(4);

    private Deployments() {}

    static DeploymentSource repository(String path) {
        SortedMap<String, String> files = new TreeMap<>();
        files.put(path.substring(path.lastIndexOf('/') + 1), SUM);
        return new DeploymentSource(Kind.REPOSITORY, "backup", path, false, files);
    }

    static NodeSelection nodes(List<String> roles, Map<String, String> attributes, int count) {
        return new NodeSelection(new TreeSet<>(roles), new TreeMap<>(attributes), count);
    }

    static DiscoveryNode node(String id, DiscoveryNodeRole role, Map<String, String> attributes) {
        TransportAddress address = new TransportAddress(InetAddress.getLoopbackAddress(), 9300 + id.charAt(0));
        return new DiscoveryNode(id, id, address, attributes, Set.of(role), Version.CURRENT);
    }

    static DiscoveryNodes cluster(String... ids) {
        DiscoveryNodes.Builder nodes = DiscoveryNodes.builder();
        for (String id : ids) {
            nodes.add(node(id, DiscoveryNodeRole.DATA_ROLE, Map.of()));
        }
        return nodes.build();
    }

    static XContentParser json(String text) throws IOException {
        return JsonXContent.jsonXContent.createParser(
                NamedXContentRegistry.EMPTY, DeprecationHandler.THROW_UNSUPPORTED_OPERATION, text);
    }
}
