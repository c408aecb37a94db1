// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodeRole;

/** Models stay where they are, and go where there is room. */
class AssignmentTest {
    private static DeploymentsMetadata wanted(int... counts) {
        DeploymentsMetadata wanted = DeploymentsMetadata.NONE;
        for (int i = 0; i < counts.length; i++) {
            NodeSelection nodes = Deployments.nodes(List.of("data"), Map.of(), counts[i]);
            wanted = wanted.with(Deployment.of("m" + i, "u" + i, Deployments.repository("m.gguf"), nodes));
        }
        return wanted;
    }

    private static List<String> assigned(DeploymentsMetadata deployments, String id) {
        return deployments.require(id).assigned();
    }

    @Test
    void modelsSpreadOverTheNodesWithTheFewest() {
        DeploymentsMetadata three = wanted(1, 1, 1).assigned(Deployments.cluster("a", "b", "c"), Set.of());
        assertEquals(List.of("a"), assigned(three, "m0"));
        assertEquals(List.of("b"), assigned(three, "m1"));
        assertEquals(List.of("c"), assigned(three, "m2"));
    }

    @Test
    void aNodeThatJoinsChangesNothingUnlessAPlaceIsFree() {
        DeploymentsMetadata two = wanted(2).assigned(Deployments.cluster("b", "c"), Set.of());
        assertEquals(List.of("b", "c"), assigned(two, "m0"));
        assertSame(two, two.assigned(Deployments.cluster("a", "b", "c"), Set.of()));
        DeploymentsMetadata three = wanted(3).assigned(Deployments.cluster("b", "c"), Set.of());
        assertEquals(
                List.of("b", "c", "a"), assigned(three.assigned(Deployments.cluster("a", "b", "c"), Set.of()), "m0"));
    }

    @Test
    void aNodeThatIsAwayKeepsItsPlaceForAWhile() {
        DeploymentsMetadata two = wanted(2).assigned(Deployments.cluster("a", "b", "c"), Set.of());
        assertEquals(List.of("a", "b"), assigned(two, "m0"));
        assertEquals(Set.of(), Assignment.missing(two, Deployments.cluster("a", "b")));
        assertEquals(Set.of("a"), Assignment.missing(two, Deployments.cluster("b", "c")));
        DeploymentsMetadata short1 = two.assigned(Deployments.cluster("b", "c"), Set.of());
        assertEquals(List.of("b", "a"), assigned(short1, "m0"));
        assertEquals(List.of("b", "c"), assigned(short1.assigned(Deployments.cluster("b", "c"), Set.of("a")), "m0"));
        assertEquals(List.of("b", "a"), assigned(short1.assigned(Deployments.cluster("b"), Set.of("a")), "m0"));
    }

    @Test
    void onlyWhoIsLostIsReplaced() {
        DeploymentsMetadata two = wanted(2).assigned(Deployments.cluster("a", "b", "c", "d"), Set.of());
        assertEquals(List.of("a", "b"), assigned(two, "m0"));
        DeploymentsMetadata one = two.assigned(Deployments.cluster("c", "d"), Set.of("a"));
        assertEquals(List.of("b", "c"), assigned(one, "m0"));
        DeploymentsMetadata same = one.assigned(Deployments.cluster("c", "d"), Set.of("a"));
        assertEquals(List.of("c", "b"), assigned(same, "m0"));
        DeploymentsMetadata back = one.assigned(Deployments.cluster("a", "b", "c", "d"), Set.of());
        assertEquals(List.of("b", "c"), assigned(back, "m0"));
    }

    @Test
    void aNodeThatMatchesNoLongerLosesItsPlace() {
        DeploymentsMetadata one = wanted(1).assigned(Deployments.cluster("a"), Set.of());
        Deployment elsewhere = one.require("m0").again(Deployments.nodes(List.of("ingest"), Map.of(), 1));
        assertEquals(List.of(), assigned(one.with(elsewhere).assigned(Deployments.cluster("a"), Set.of()), "m0"));
    }

    @Test
    void aNodeMatchesWithOneOfTheRolesAndAllOfTheAttributes() {
        DiscoveryNode node = Deployments.node("a", DiscoveryNodeRole.INGEST_ROLE, Map.of("gpu", "true", "zone", "one"));
        assertTrue(Deployments.nodes(List.of("data", "ingest"), Map.of(), 0).matches(node));
        assertFalse(Deployments.nodes(List.of("data"), Map.of(), 0).matches(node));
        assertTrue(Deployments.nodes(List.of(), Map.of("gpu", "true", "zone", "one"), 0)
                .matches(node));
        assertFalse(Deployments.nodes(List.of(), Map.of("gpu", "true", "zone", "two"), 0)
                .matches(node));
        assertFalse(Deployments.nodes(List.of("data"), Map.of("gpu", "true"), 0).matches(node));
    }
}
