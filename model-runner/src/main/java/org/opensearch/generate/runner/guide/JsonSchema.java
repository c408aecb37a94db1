// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.lucene.util.automaton.Automata;
import org.apache.lucene.util.automaton.Automaton;
import org.apache.lucene.util.automaton.Operations;
import org.jspecify.annotations.Nullable;

/**
 * A JSON schema (draft 2020-12) to the rule of texts that it accepts. A keyword that is not kept is an error, never ignored.
 *
 * <h2>Idea</h2>
 * The rule allows nothing that the schema forbids, but it may allow less: members come in the order of {@code properties}, without
 * others unless {@code additionalProperties} asks for them, a schema without {@code type} gets the one its keywords speak of, and
 * numbers have an end.
 */
final class JsonSchema {
    private static final int MOST_NODES = 5_000;
    private static final int MOST_DEPTH = 100;
    private static final int MOST_ITEMS = 10_000;
    private static final int MOST_PATTERNS = 100;

    private static final Set<String> NOTES = Set.of(
            "$schema",
            "$anchor",
            "$comment",
            "$defs",
            "definitions",
            "title",
            "description",
            "default",
            "examples",
            "deprecated",
            "readOnly",
            "writeOnly");
    private static final Map<String, Set<String>> KEYWORDS = Map.of(
            "object", Set.of("properties", "required", "additionalProperties"),
            "array", Set.of("items", "prefixItems", "minItems", "maxItems"),
            "string", Set.of("pattern", "format", "minLength", "maxLength"),
            "integer", Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
            "number", Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
            "boolean", Set.of(),
            "null", Set.of());

    private final Object root;
    private final Map<String, Rule> references = new HashMap<>();
    private int nodes;
    private int depth;
    private int patterns;
    private long states;

    private JsonSchema(Object root) {
        this.root = root;
    }

    /**
     * The rule of a schema.
     *
     * @param schema a map, or true; made of maps, lists, strings, numbers, booleans and nulls
     * @throws GuideException if it uses what is not kept, or costs too much; says where
     */
    static Rule rule(Object schema) {
        JsonSchema compiler = new JsonSchema(schema);
        Rule rule = compiler.reference("#", "#");
        compiler.references.values().forEach(GuideState::start);
        return rule;
    }

    private Rule value(Object schema, String path) {
        if (++nodes > MOST_NODES) {
            throw error(path, "the schema has more than " + MOST_NODES + " parts");
        }
        if (++depth > MOST_DEPTH) {
            throw error(path, "the schema is nested deeper than " + MOST_DEPTH);
        }
        Rule rule = schema instanceof Map<?, ?> map
                ? value(strings(map, path), path)
                : Boolean.TRUE.equals(schema) ? JsonRules.VALUE : refuse(schema, path);
        depth--;
        return counted(rule, path);
    }

    private Rule counted(Rule rule, String path) {
        states += rule.isShared() ? 0 : rule.states();
        if (states > Guide.MOST_STATES) {
            throw error(
                    path,
                    "up to here the schema needs more than " + Guide.MOST_STATES
                            + " states: fewer or shorter [pattern], [enum], [maxLength], [minItems], [maxItems]");
        }
        return rule;
    }

    private static Rule refuse(Object schema, String path) {
        throw error(path, Boolean.FALSE.equals(schema) ? "[false] allows nothing" : "a schema is an object or true");
    }

    private Rule value(Map<String, Object> schema, String path) {
        if (schema.containsKey("$id") && !path.equals("#")) {
            throw error(path, "[$id] is supported at the top of a schema only");
        }
        if (schema.containsKey("$ref")) {
            only(schema, path, Set.of("$ref"));
            return reference(Json.string(schema, "$ref", path), path);
        }
        if (schema.containsKey("const")) {
            only(schema, path, Set.of("const", "type"));
            return literals(List.of(nullable(schema.get("const"))), schema, path);
        }
        if (schema.containsKey("enum")) {
            only(schema, path, Set.of("enum", "type"));
            return literals(Json.list(schema, "enum", path), schema, path);
        }
        for (String keyword : List.of("anyOf", "oneOf", "allOf")) {
            if (schema.containsKey(keyword)) {
                only(schema, path, Set.of(keyword));
                return combined(keyword, Json.list(schema, keyword, path), path);
            }
        }
        Set<String> types = types(schema, path);
        if (types.isEmpty()) {
            only(schema, path, Set.of());
            return JsonRules.VALUE;
        }
        Set<String> kept = new HashSet<>(Set.of("type"));
        types.forEach(type -> kept.addAll(KEYWORDS.getOrDefault(type, Set.of())));
        only(schema, path, kept);
        List<Rule> ways = new ArrayList<>();
        for (String type : types) {
            ways.add(typed(type, schema, path));
        }
        return union(ways, path);
    }

    private Rule union(List<Rule> ways, String path) {
        if (ways.size() == 1) {
            return ways.get(0);
        }
        Rule rule = new Rule(path);
        JsonRules.define(rule, ways);
        return rule;
    }

    private Rule typed(String type, Map<String, Object> schema, String path) {
        return switch (type) {
            case "object" -> object(schema, path);
            case "array" -> array(schema, path);
            case "string" -> string(schema, path);
            case "integer" -> JsonNumbers.integer(schema, path);
            case "number" -> JsonNumbers.number(schema, path);
            case "boolean" -> JsonRules.BOOLEAN;
            case "null" -> JsonRules.NULL;
            default ->
                throw error(path, "[type] is one of " + new TreeSet<>(KEYWORDS.keySet()) + ", found [" + type + "]");
        };
    }

    /** The types it names, or else the one that its keywords speak of. */
    private static Set<String> types(Map<String, Object> schema, String path) {
        Set<String> types = new LinkedHashSet<>();
        Object type = schema.get("type");
        if (type instanceof String one) {
            types.add(one);
        } else if (type instanceof List<?> many && !many.isEmpty()) {
            for (Object one : many) {
                types.add(String.valueOf(one));
            }
        } else if (type != null) {
            throw error(path, "[type] is a string or a list of strings");
        } else {
            for (String candidate : List.of("object", "array", "string", "number")) {
                if (KEYWORDS.getOrDefault(candidate, Set.of()).stream().anyMatch(schema::containsKey)) {
                    types.add(candidate);
                }
            }
        }
        if (types.contains("number")) {
            types.remove("integer");
        }
        return types;
    }

    // ---- references and combinations

    private Rule reference(String pointer, String path) {
        Rule known = references.get(pointer);
        if (known != null) {
            return known;
        }
        Rule rule = new Rule(pointer);
        references.put(pointer, rule);
        JsonRules.define(rule, List.of(value(find(pointer, path), pointer)));
        return rule;
    }

    private Object find(String pointer, String path) {
        if (!pointer.equals("#") && !pointer.startsWith("#/")) {
            throw error(path, "[$ref] must point into the schema itself (#/…), found [" + pointer + "]");
        }
        Object at = root;
        for (String part : pointer.substring(1).split("/", -1)) {
            if (part.isEmpty() && at == root) {
                continue;
            }
            Object next = null;
            if (at instanceof Map<?, ?> map) {
                next = map.get(part.replace("~1", "/").replace("~0", "~"));
            } else if (at instanceof List<?> list
                    && part.matches("[0-9]{1,6}")
                    && Integer.parseInt(part) < list.size()) {
                next = list.get(Integer.parseInt(part));
            }
            if (next == null) {
                throw error(path, "[$ref] points to nothing: [" + pointer + "]");
            }
            at = next;
        }
        return at;
    }

    /** What a schema refers to, if that is all it does. */
    private Object resolved(Object schema, String path) {
        Object at = schema;
        for (int hops = 0; at instanceof Map<?, ?> map && map.get("$ref") instanceof String pointer; hops++) {
            if (hops == MOST_DEPTH) {
                throw error(path, "[$ref] leads back to itself: [" + pointer + "]");
            }
            at = find(pointer, path);
        }
        return at;
    }

    private Rule combined(String keyword, List<Object> schemas, String path) {
        if (schemas.isEmpty()) {
            throw error(path, "[" + keyword + "] is empty");
        }
        if (keyword.equals("allOf") && schemas.size() > 1) {
            throw error(path, "[allOf] is kept with one schema only: write them as one");
        }
        if (keyword.equals("oneOf") && schemas.size() > 1) {
            Alternatives.requireDisjoint(
                    schemas.stream().map(schema -> resolved(schema, path)).toList(), path);
        }
        List<Rule> ways = new ArrayList<>();
        for (int i = 0; i < schemas.size(); i++) {
            ways.add(value(schemas.get(i), path + "/" + keyword + "/" + i));
        }
        return union(ways, path);
    }

    private static Rule literals(List<Object> values, Map<String, Object> schema, String path) {
        Set<String> types = types(schema, path);
        Set<String> texts = new LinkedHashSet<>();
        for (Object value : values) {
            if (types.isEmpty() || types.stream().anyMatch(type -> Json.isOf(type, value))) {
                texts.add(Json.text(value));
            }
        }
        if (texts.isEmpty()) {
            throw error(path, "no value is allowed");
        }
        return Texts.oneOf(path, texts);
    }

    // ---- objects, arrays, strings

    private Rule object(Map<String, Object> schema, String path) {
        Map<String, Object> properties = schema.containsKey("properties")
                ? strings(Json.map(schema, "properties", path), path + "/properties")
                : Map.of();
        Set<String> required = new LinkedHashSet<>();
        for (Object name : schema.containsKey("required") ? Json.list(schema, "required", path) : List.of()) {
            if (!(name instanceof String text)) {
                throw error(path, "[required] must be a list of strings");
            }
            required.add(text);
        }
        Object additional = schema.get("additionalProperties");
        if (properties.isEmpty() && required.isEmpty() && additional == null) {
            return JsonRules.OBJECT;
        }
        Map<String, Object> all = new LinkedHashMap<>(properties);
        for (String name : required) {
            if (Boolean.FALSE.equals(additional) && !properties.containsKey(name)) {
                throw error(path, "[required] names [" + name + "], which [additionalProperties] forbids");
            }
            all.putIfAbsent(name, additional == null ? true : additional);
        }
        List<JsonRules.Member> members = new ArrayList<>();
        all.forEach((name, value) -> {
            String at = path + "/properties/" + name;
            Rule key = counted(Texts.oneOf(at, List.of(Json.text(name))), at);
            Rule member = JsonRules.member(key, value(value, at));
            members.add(new JsonRules.Member(member, required.contains(name)));
        });
        Rule others = null;
        if (additional != null && !Boolean.FALSE.equals(additional)) {
            Rule keys = counted(otherKeys(all.keySet(), path), path);
            others = JsonRules.member(keys, value(additional, path + "/additionalProperties"));
        }
        return JsonRules.object(path, members, others);
    }

    private static Rule otherKeys(Set<String> names, String path) {
        if (names.isEmpty()) {
            return JsonRules.STRING;
        }
        List<Automaton> known = new ArrayList<>();
        names.forEach(name -> known.add(Automata.makeString(name)));
        String what = path + "/additionalProperties";
        Automaton keys = Texts.determinized(what, Operations.union(known));
        return Texts.quoted(what, Operations.minus(CodePoints.anyText(), keys, Texts.MOST_WORK));
    }

    private Rule array(Map<String, Object> schema, String path) {
        int least = Json.count(schema, "minItems", 0, MOST_ITEMS, path);
        int most = Json.count(schema, "maxItems", Integer.MAX_VALUE, MOST_ITEMS, path);
        List<Rule> first = new ArrayList<>();
        if (schema.containsKey("prefixItems")) {
            List<Object> items = Json.list(schema, "prefixItems", path);
            for (int i = 0; i < items.size(); i++) {
                first.add(value(items.get(i), path + "/prefixItems/" + i));
            }
        }
        Object items = schema.getOrDefault("items", true);
        Rule others = Boolean.FALSE.equals(items) ? null : value(items, path + "/items");
        if (least > most || (others == null && least > first.size())) {
            throw error(path, "[minItems] " + least + " is more than the array can hold");
        }
        return JsonRules.array(path, first, others, least, most);
    }

    private Rule string(Map<String, Object> schema, String path) {
        List<Automaton> all = new ArrayList<>();
        if (schema.containsKey("minLength") || schema.containsKey("maxLength")) {
            int least = Json.count(schema, "minLength", 0, MOST_ITEMS, path);
            int most = Json.count(schema, "maxLength", Integer.MAX_VALUE, MOST_ITEMS, path);
            if (least > most) {
                throw error(path, "[minLength] " + least + " is more than [maxLength] " + most);
            }
            if (!schema.containsKey("pattern") && !schema.containsKey("format")) {
                return JsonRules.string(path, least, most);
            }
            all.add(CodePoints.lengths(least, most));
        }
        if (schema.containsKey("pattern")) {
            if (++patterns > MOST_PATTERNS) {
                throw error(path, "the schema has more than " + MOST_PATTERNS + " [pattern]");
            }
            all.add(Pattern.anywhere(Json.string(schema, "pattern", path)));
        }
        if (schema.containsKey("format")) {
            all.add(Formats.of(Json.string(schema, "format", path), path));
        }
        return all.stream()
                .map(one -> Texts.determinized(path, one))
                .reduce((a, b) -> Texts.both(path, a, b))
                .map(one -> Texts.quoted(path, one))
                .orElse(JsonRules.STRING);
    }

    // ---- the schema's own form

    private static void only(Map<String, Object> schema, String path, Set<String> kept) {
        for (String keyword : schema.keySet()) {
            if (!kept.contains(keyword) && !NOTES.contains(keyword) && !keyword.equals("$id")) {
                throw error(path, "the keyword [" + keyword + "] is not supported here");
            }
        }
    }

    private static Map<String, Object> strings(Map<?, ?> map, String path) {
        Map<String, Object> strings = new LinkedHashMap<>();
        map.forEach((key, value) -> {
            if (!(key instanceof String name)) {
                throw error(path, "a key is no string");
            }
            strings.put(name, nullable(value));
        });
        return strings;
    }

    /** Null as a value of its own: {@code enum} and {@code const} may have it. */
    private static Object nullable(@Nullable Object value) {
        return value == null ? Json.NULL : value;
    }

    static GuideException error(String path, String what) {
        return new GuideException("JSON schema, " + path + ": " + what);
    }
}
