// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.report;

import java.util.List;
import java.util.Locale;

/** Bars of how many times better ours is than the peer, on a logarithmic scale, as SVG that reads on light and dark pages. */
final class Plot {
    private static final int LABELS = 380;
    private static final int BARS = 420;
    private static final int ROW = 24;
    private static final int TOP = 40;
    private static final int MARGIN = 70;

    private Plot() {}

    static String svg(List<Row> rows) {
        double least = rows.stream().mapToDouble(Row::better).min().orElse(1);
        double most = rows.stream().mapToDouble(Row::better).max().orElse(1);
        double from = Math.log(Math.min(0.5, least));
        double to = Math.log(Math.max(2, most));
        int one = position(1, from, to);
        int height = TOP + ROW * rows.size() + 10;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                        + " font-size=\"13\" fill=\"#777\">\n",
                LABELS + BARS + MARGIN,
                height));
        svg.append(text(one, TOP - 16, "middle", "as fast as the peer"));
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            int y = TOP + ROW * i;
            int end = position(row.better(), from, to);
            svg.append(text(LABELS - 10, y + 13, "end", row.scenario() + ": " + row.measure()));
            svg.append(String.format(
                    Locale.ROOT,
                    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n",
                    Math.min(one, end),
                    y,
                    Math.max(1, Math.abs(end - one)),
                    ROW - 8,
                    row.better() >= 1 ? "#2a8f6d" : "#c0632f"));
            String times = String.format(Locale.ROOT, "%.2f", row.better());
            svg.append(text(Math.max(one, end) + 6, y + 13, "start", times));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#777\"/>\n",
                one,
                TOP - 8,
                one,
                height - 10));
        return svg.append("</svg>\n").toString();
    }

    private static int position(double value, double from, double to) {
        return LABELS + (int) Math.round(BARS * (Math.log(value) - from) / (to - from));
    }

    private static String text(int x, int y, String anchor, String content) {
        return String.format(
                Locale.ROOT, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, escaped(content));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
