// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHit.NestedIdentity;
import org.opensearch.search.SearchHits;

/**
 * Which nested objects of a hit are worth reading: those that its {@code inner_hits} name, and their neighbours.
 *
 * @param places by path of the nested field, places in its list
 */
record MatchedObjects(Map<String, Set<Integer>> places) {
    /** Nothing is known: all are. */
    static final MatchedObjects NONE = new MatchedObjects(Map.of());

    static MatchedObjects of(SearchHit hit, int neighbors) {
        Map<String, Set<Integer>> places = new HashMap<>();
        add(hit, neighbors, places);
        return places.isEmpty() ? NONE : new MatchedObjects(places);
    }

    private static void add(SearchHit hit, int neighbors, Map<String, Set<Integer>> places) {
        if (hit.getInnerHits() == null) {
            return;
        }
        for (SearchHits inner : hit.getInnerHits().values()) {
            for (SearchHit object : inner) {
                add(object.getNestedIdentity(), neighbors, places);
                add(object, neighbors, places);
            }
        }
    }

    private static void add(NestedIdentity identity, int neighbors, Map<String, Set<Integer>> places) {
        String path = "";
        for (NestedIdentity level = identity; level != null; level = level.getChild()) {
            path += (path.isEmpty() ? "" : ".") + level.getField().string();
            int around = level.getChild() == null ? neighbors : 0;
            Set<Integer> known = places.computeIfAbsent(path, unknown -> new TreeSet<>());
            for (int place = level.getOffset() - around; place <= level.getOffset() + around; place++) {
                known.add(place);
            }
        }
    }

    /** Whether the object at a place of a list is to be read. */
    boolean include(String path, int place) {
        Set<Integer> wanted = places.get(path);
        return wanted == null || wanted.contains(place);
    }

    /** What is read where the request names no fields: the texts of the matched objects, or all. */
    List<String> patterns() {
        return places.keySet().stream().sorted().map(path -> path + ".*").toList();
    }
}
