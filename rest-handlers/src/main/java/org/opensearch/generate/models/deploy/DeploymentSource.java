// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
 * Where a deployed model's files come from, and what must be in them.
 *
 * @param kind what the location means
 * @param repository the snapshot repository; empty for other kinds
 * @param location a GGUF file, or a folder: a name in the nodes' model folder, a path in the repository, or an address
 * @param folder whether the location is a folder
 * @param files SHA-256 in lowercase hexadecimal of each file by its name; may be empty only for {@link Kind#FILE}
 */
public record DeploymentSource(
        Kind kind, String repository, String location, boolean folder, SortedMap<String, String> files)
        implements Writeable, ToXContentObject {

    /** Where files can lie. */
    public enum Kind {
        /** In the model folder of each node; nothing is copied. */
        FILE,
        /** In a registered snapshot repository. */
        REPOSITORY,
        /** On a web server. */
        URL
    }

    private static final String GGUF = ".gguf";
    private static final String CONFIG = "config.json";
    private static final int MOST_FILES = 1000;
    private static final int LONGEST_LOCATION = 2000;
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}");

    private static final ConstructingObjectParser<DeploymentSource, Void> PARSER =
            new ConstructingObjectParser<>("source", arguments -> {
                @SuppressWarnings("unchecked")
                Map<String, String> files = (Map<String, String>) arguments[5];
                return of(
                        (String) arguments[0],
                        (String) arguments[1],
                        (String) arguments[2],
                        (String) arguments[3],
                        (String) arguments[4],
                        files);
            });

    static {
        for (String field : List.of("file", "repository", "path", "url", "sha256")) {
            PARSER.declareString(ConstructingObjectParser.optionalConstructorArg(), new ParseField(field));
        }
        PARSER.declareField(
                ConstructingObjectParser.optionalConstructorArg(),
                (parser, none) -> parser.mapStrings(),
                new ParseField("files"),
                ValueType.OBJECT);
    }

    public DeploymentSource {
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

    /** Reads what {@link #writeTo} wrote. */
    public DeploymentSource(StreamInput in) throws IOException {
        this(
                in.readEnum(Kind.class),
                in.readString(),
                in.readString(),
                in.readBoolean(),
                new TreeMap<>(in.readMap(StreamInput::readString, StreamInput::readString)));
    }

    /** Reads what {@link #toXContent} wrote, or a user did. Throws {@link IllegalArgumentException} that names what is wrong. */
    public static DeploymentSource parse(XContentParser parser) throws IOException {
        return PARSER.parse(parser, null);
    }

    private static DeploymentSource of(
            @Nullable String file,
            @Nullable String repository,
            @Nullable String path,
            @Nullable String url,
            @Nullable String sha256,
            @Nullable Map<String, String> files) {
        long kinds =
                Stream.of(file, repository, url).filter(kind -> kind != null).count();
        if (kinds != 1) {
            throw new IllegalArgumentException(
                    "[source] must have one of [file], [repository] with [path], and [url], found " + kinds);
        }
        if ((repository == null) != (path == null)) {
            throw new IllegalArgumentException("[source.repository] and [source.path] belong together");
        }
        if (sha256 != null && files != null) {
            throw new IllegalArgumentException(
                    "[source.sha256] is for one file and [source.files] for a folder of them," + " found both");
        }
        Kind kind = file != null ? Kind.FILE : repository != null ? Kind.REPOSITORY : Kind.URL;
        String location = file != null ? file : path != null ? path : url != null ? url : "";
        checkLocation(kind, location);
        SortedMap<String, String> checksums = new TreeMap<>();
        if (files != null) {
            files.forEach((name, sum) -> checksums.put(checkedName(name), checkedSum("files." + name, sum)));
            checkFolder(checksums);
        } else if (sha256 != null || kind != Kind.FILE) {
            checksums.put(checkedGguf(location), checkedSum("sha256", sha256));
        }
        return new DeploymentSource(kind, repository == null ? "" : repository, location, files != null, checksums);
    }

    private static void checkLocation(Kind kind, String location) {
        if (location.length() > LONGEST_LOCATION) {
            throw new IllegalArgumentException(
                    "[source] has a location of " + location.length() + " characters, at most " + LONGEST_LOCATION);
        }
        if (kind == Kind.URL) {
            checkUrl(location);
            return;
        }
        String[] names = location.split("/", -1);
        for (String name : names) {
            if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('\\') >= 0) {
                throw new IllegalArgumentException("[source." + (kind == Kind.FILE ? "file" : "path")
                        + "] must be names parted by single slashes, none of them [.] or [..], found [" + location
                        + "]");
            }
        }
        if (kind == Kind.FILE && (names.length > 1 || !NAME.matcher(location).matches())) {
            throw new IllegalArgumentException(
                    "[source.file] must be the name of a file or folder in the model folder of the nodes: up to 200 letters, "
                            + "digits, underscores, dots, dashes and plus signs, found [" + location + "]");
        }
    }

    private static void checkUrl(String location) {
        URI uri;
        try {
            uri = new URI(location);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("[source.url] is no address: " + e.getMessage(), e);
        }
        if (!"https".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null) {
            throw new IllegalArgumentException(
                    "[source.url] must begin with https:// and a host, found [" + location + "]");
        }
        // What is in the cluster state can be read by many: no place for a secret.
        if (uri.getUserInfo() != null || uri.getQuery() != null || uri.getFragment() != null) {
            throw new IllegalArgumentException("[source.url] must have no user, no query and no fragment");
        }
    }

    private static String checkedGguf(String location) {
        String name = location.substring(location.lastIndexOf('/') + 1);
        if (!name.toLowerCase(Locale.ROOT).endsWith(GGUF)) {
            throw new IllegalArgumentException("[source] must lead to a " + GGUF
                    + " file, or to a folder whose files [source.files] names, found [" + location + "]");
        }
        return checkedName(name);
    }

    private static String checkedName(String name) {
        if (!NAME.matcher(name).matches()
                || name.endsWith(DeploymentFolder.PART)
                || name.equals(DeploymentFolder.MARKER)) {
            throw new IllegalArgumentException("a model's file is named with up to 200 letters, digits, underscores, "
                    + "dots, dashes and plus signs, found [" + name + "]");
        }
        return name;
    }

    private static String checkedSum(String field, @Nullable String sum) {
        if (sum == null) {
            throw new IllegalArgumentException("[source." + field + "] is missing: the SHA-256 of the file");
        }
        String lower = sum.toLowerCase(Locale.ROOT);
        if (!SHA256.matcher(lower).matches()) {
            throw new IllegalArgumentException(
                    "[source." + field + "] must be a SHA-256 of 64 hexadecimal digits, found [" + sum + "]");
        }
        return lower;
    }

    private static void checkFolder(SortedMap<String, String> files) {
        long gguf = files.keySet().stream()
                .filter(name -> name.toLowerCase(Locale.ROOT).endsWith(GGUF))
                .count();
        if (files.containsKey(CONFIG) ? gguf != 0 : gguf != 1) {
            throw new IllegalArgumentException("[source.files] must have " + CONFIG + " and what belongs to it, or one "
                    + GGUF + " file, found " + files.keySet());
        }
        if (files.size() > MOST_FILES) {
            throw new IllegalArgumentException("[source.files] has " + files.size() + " files, at most " + MOST_FILES);
        }
    }

    /** In a few words, for people. */
    @Override
    public String toString() {
        return switch (kind) {
            case FILE -> "file [" + location + "] of the model folder";
            case REPOSITORY -> "[" + location + "] of repository [" + repository + "]";
            case URL -> "[" + location + "]";
        };
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeEnum(kind);
        out.writeString(repository);
        out.writeString(location);
        out.writeBoolean(folder);
        out.writeMap(files, StreamOutput::writeString, StreamOutput::writeString);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject();
        switch (kind) {
            case FILE -> builder.field("file", location);
            case REPOSITORY -> builder.field("repository", repository).field("path", location);
            case URL -> builder.field("url", location);
        }
        if (folder) {
            builder.field("files", files);
        } else if (!files.isEmpty()) {
            builder.field("sha256", files.firstEntry().getValue());
        }
        return builder.endObject();
    }
}
