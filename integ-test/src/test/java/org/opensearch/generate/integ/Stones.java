// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

/** Documents for tests that need more of them than {@link Asking} has. */
final class Stones {
    private Stones() {}

    /** Makes an index of documents {@code s0}, {@code s1} and so on, which say different things, in some shards. */
    static void index(Node node, String index, int documents, int shards) {
        create(node, index, shards);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < documents; i++) {
            lines.append("{\"index\": {\"_id\": \"s").append(i).append("\"}}\n");
            lines.append("{\"title\": \"Stone ")
                    .append(i)
                    .append("\", \"text\": \"It was found ")
                    .append("far ".repeat(i % 7))
                    .append("down the river in the year ")
                    .append(1800 + i * 7)
                    .append(".\"}\n");
        }
        node.post("/" + index + "/_bulk?refresh=true", lines.toString()).expect(200);
    }

    /** Makes an index of twelve documents in some shards, of which {@code quartz} alone supports what the scripted model says. */
    static void spread(Node node, String index, int shards) {
        create(node, index, shards);
        StringBuilder lines = new StringBuilder("{\"index\": {\"_id\": \"quartz\"}}\n"
                + "{\"title\": \"Clear crystals\", \"text\": \"They grow in caves. The hardest mineral of the hill is "
                + "quartz. Many like them.\"}\n");
        for (int i = 1; i < 12; i++) {
            lines.append("{\"index\": {\"_id\": \"cliff").append(i).append("\"}}\n");
            lines.append("{\"title\": \"White cliffs\", \"text\": \"The cliffs are chalk, which is soft.\"}\n");
        }
        node.post("/" + index + "/_bulk?refresh=true", lines.toString()).expect(200);
    }

    private static void create(Node node, String index, int shards) {
        node.put("/" + index, "{\"settings\": {\"number_of_replicas\": 0, \"number_of_shards\": " + shards + "}}")
                .expect(200);
    }
}
