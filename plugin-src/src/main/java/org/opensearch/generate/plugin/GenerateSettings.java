// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.OpenSearchExecutors;
import org.opensearch.core.common.unit.ByteSizeUnit;
import org.opensearch.core.common.unit.ByteSizeValue;
import org.opensearch.generate.runner.Devices;
import org.opensearch.generate.runner.KvTypes;
import org.opensearch.generate.runner.LoadOptions;
import org.opensearch.generate.runner.ThreadOptions;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.WorkerThreads;
import org.opensearch.generate.runner.kernel.cpu.CpuKernels;
import org.opensearch.generate.slowlog.SlowLogSettings;
import org.opensearch.monitor.jvm.JvmInfo;
import org.opensearch.monitor.os.OsProbe;

/** The plugin's settings; {@code docs/settings.md} describes each. */
final class GenerateSettings {
    private static final String PREFIX = "plugins.generate.";
    private static final String BREAKER_LIMIT_KEY = PREFIX + "breaker.limit";
    private static final String THREADS_SHARE_KEY = PREFIX + "threads.share";
    private static final String THREADS_PIN_KEY = PREFIX + "threads.pin";
    private static final int DEFAULT_NICE = 5;
    /** Up to this many processors, generation may use all by default; beyond, half. */
    private static final int FEW_PROCESSORS = 4;

    static final Setting<String> DEFAULT_MODEL =
            Setting.simpleString(PREFIX + "default_model", Property.NodeScope, Property.Dynamic);

    static final Setting<List<String>> PRELOAD =
            Setting.listSetting(PREFIX + "preload", List.of(), Function.identity(), Property.NodeScope);

    static final Setting<TimeValue> DEFAULT_TIMEOUT = Setting.timeSetting(
            PREFIX + "default_timeout",
            TimeValue.timeValueSeconds(60),
            TimeValue.timeValueMillis(1),
            Property.NodeScope,
            Property.Dynamic);

    static final Setting<Integer> DEFAULT_MAX_COMPLETION_TOKENS = Setting.intSetting(
            PREFIX + "default_max_completion_tokens", 256, 1, 1 << 20, Property.NodeScope, Property.Dynamic);

    static final Setting<ByteSizeValue> BREAKER_LIMIT =
            new Setting<>(BREAKER_LIMIT_KEY, "80%", GenerateSettings::memory, Property.NodeScope, Property.Dynamic);

    static final Setting<Integer> THREADS = new Setting<>(
            PREFIX + "threads",
            settings -> Integer.toString(defaultThreads(OpenSearchExecutors.allocatedProcessors(settings))),
            text -> Setting.parseInt(text, 1, ThreadOptions.MOST, PREFIX + "threads"),
            Property.NodeScope,
            Property.Dynamic);

    static final Setting<Double> THREADS_SHARE =
            new Setting<>(THREADS_SHARE_KEY, "1", GenerateSettings::threadsShare, Property.NodeScope, Property.Dynamic);

    static final Setting<Integer> THREADS_NICE = Setting.intSetting(
            PREFIX + "threads.nice", DEFAULT_NICE, 0, WorkerThreads.MOST_NICE, Property.NodeScope, Property.Dynamic);

    static final Setting<Boolean> THREADS_PIN =
            new Setting<>(THREADS_PIN_KEY, "false", GenerateSettings::threadsPin, Property.NodeScope, Property.Dynamic);

    static final Setting<ByteSizeValue> KV_MEMORY = Setting.byteSizeSetting(
            PREFIX + "kv_memory",
            ByteSizeValue.ZERO,
            ByteSizeValue.ZERO,
            new ByteSizeValue(1, ByteSizeUnit.TB),
            Property.NodeScope,
            Property.Dynamic);

    static final Setting<DataType> KV_TYPE =
            new Setting<>(PREFIX + "kv_type", "bf16", GenerateSettings::kvType, Property.NodeScope, Property.Dynamic);

    static final Setting<Integer> MAX_CONTEXT =
            Setting.intSetting(PREFIX + "max_context", 0, 0, 1 << 24, Property.NodeScope, Property.Dynamic);

    static final Setting<Integer> MAX_STEP_TOKENS = Setting.intSetting(
            PREFIX + "max_step_tokens",
            LoadOptions.defaults().maxStepTokens(),
            1,
            1 << 16,
            Property.NodeScope,
            Property.Dynamic);

    static final Setting<Integer> MAX_SEQUENCES = Setting.intSetting(
            PREFIX + "max_sequences",
            LoadOptions.defaults().maxSequences(),
            1,
            1 << 16,
            Property.NodeScope,
            Property.Dynamic);

    static final Setting<Integer> MAX_QUEUE = Setting.intSetting(
            PREFIX + "max_queue", LoadOptions.defaults().maxQueue(), 1, 1 << 20, Property.NodeScope, Property.Dynamic);

    static final Setting<Integer> INGEST_MAX_SEQUENCES = new Setting<>(
            PREFIX + "ingest.max_sequences",
            settings -> Integer.toString(defaultIngestSequences(MAX_SEQUENCES.get(settings))),
            text -> Setting.parseInt(text, 1, 1 << 16, PREFIX + "ingest.max_sequences"),
            Property.NodeScope,
            Property.Dynamic);

    static final Setting<Boolean> SPECULATION =
            Setting.boolSetting(PREFIX + "speculation", true, Property.NodeScope, Property.Dynamic);

    static final Setting<TimeValue> INGEST_TIMEOUT = Setting.timeSetting(
            PREFIX + "ingest.timeout",
            TimeValue.timeValueMinutes(10),
            TimeValue.timeValueMillis(1),
            Property.NodeScope,
            Property.Dynamic);

    static final Setting<String> DEVICE = new Setting<>(
            PREFIX + "device", Devices.CPU, GenerateSettings::device, Property.NodeScope, Property.Dynamic);

    static final Setting<String> KERNEL_LEVEL = new Setting<>(
            PREFIX + "kernel_level", "auto", GenerateSettings::kernelLevel, Property.NodeScope, Property.Dynamic);

    static final Setting<Boolean> WEIGHT_CACHE =
            Setting.boolSetting(PREFIX + "weight_cache", true, Property.NodeScope, Property.Dynamic);

    static final Setting<Integer> ASYNC_MAX_ANSWERS =
            Setting.intSetting(PREFIX + "async.max_answers", 200, 1, 1 << 20, Property.NodeScope, Property.Dynamic);

    static final Setting<ByteSizeValue> ASYNC_MAX_MEMORY = Setting.byteSizeSetting(
            PREFIX + "async.max_memory",
            new ByteSizeValue(32, ByteSizeUnit.MB),
            new ByteSizeValue(1, ByteSizeUnit.KB),
            new ByteSizeValue(1, ByteSizeUnit.TB),
            Property.NodeScope,
            Property.Dynamic);

    static final Setting<TimeValue> ASYNC_KEEP = Setting.timeSetting(
            PREFIX + "async.keep",
            TimeValue.timeValueMinutes(5),
            TimeValue.timeValueMillis(1),
            Property.NodeScope,
            Property.Dynamic);

    static final Setting<Boolean> ROUTING_PREFER_LOCAL =
            Setting.boolSetting(PREFIX + "routing.prefer_local", false, Property.NodeScope, Property.Dynamic);

    private GenerateSettings() {}

    static List<Setting<?>> all() {
        List<Setting<?>> all = new ArrayList<>(SlowLogSettings.all());
        all.addAll(SharingSettings.all());
        all.addAll(List.of(
                DEFAULT_MODEL,
                PRELOAD,
                ModelDeployments.ALLOWED_URLS,
                DEFAULT_TIMEOUT,
                DEFAULT_MAX_COMPLETION_TOKENS,
                BREAKER_LIMIT,
                THREADS,
                THREADS_SHARE,
                THREADS_NICE,
                THREADS_PIN,
                KV_MEMORY,
                KV_TYPE,
                MAX_CONTEXT,
                MAX_STEP_TOKENS,
                MAX_SEQUENCES,
                MAX_QUEUE,
                INGEST_MAX_SEQUENCES,
                INGEST_TIMEOUT,
                DEVICE,
                SPECULATION,
                KERNEL_LEVEL,
                WEIGHT_CACHE,
                ASYNC_MAX_ANSWERS,
                ASYNC_MAX_MEMORY,
                ASYNC_KEEP,
                ROUTING_PREFER_LOCAL));
        return List.copyOf(all);
    }

    /** How the next model is loaded. */
    static LoadOptions loadOptions(SettingReader reader, Path nativeFolder, Path cacheFolder, MemoryBudget budget) {
        int stepTokens = reader.get(MAX_STEP_TOKENS);
        return new LoadOptions(
                new ThreadOptions(
                        reader.get(THREADS),
                        reader.get(THREADS_SHARE),
                        reader.get(THREADS_NICE),
                        reader.get(THREADS_PIN)),
                reader.get(KV_MEMORY).getBytes(),
                reader.get(KV_TYPE),
                reader.get(MAX_CONTEXT),
                stepTokens,
                Math.min(reader.get(MAX_SEQUENCES), stepTokens),
                reader.get(MAX_QUEUE),
                reader.get(DEVICE),
                reader.get(KERNEL_LEVEL),
                nativeFolder,
                reader.get(WEIGHT_CACHE) ? cacheFolder : null,
                budget);
    }

    /** The present value of a setting: the cluster's, where it was changed while the node runs. */
    interface SettingReader {
        <T> T get(Setting<T> setting);
    }

    static int defaultThreads(int processors) {
        return Math.max(Math.min(processors, FEW_PROCESSORS), processors / 2);
    }

    /** Leaves a quarter of the places to questions. */
    static int defaultIngestSequences(int sequences) {
        return Math.max(1, sequences - (sequences + 3) / 4);
    }

    /** Bytes, or a percentage of the machine's memory that is not the heap's. */
    private static ByteSizeValue memory(String text) {
        if (!text.endsWith("%")) {
            return ByteSizeValue.parseBytesSizeValue(text, BREAKER_LIMIT_KEY);
        }
        long machine = OsProbe.getInstance().getTotalPhysicalMemorySize();
        long heap = JvmInfo.jvmInfo().getMem().getHeapMax().getBytes();
        return share(text, Math.max(0, machine - heap));
    }

    static ByteSizeValue share(String percentage, long bytes) {
        double percent;
        try {
            percent = Double.parseDouble(percentage.substring(0, percentage.length() - 1));
        } catch (NumberFormatException e) {
            percent = Double.NaN;
        }
        if (!(percent >= 0 && percent <= 100)) {
            throw new IllegalArgumentException(
                    "[" + BREAKER_LIMIT_KEY + "] must be bytes or from 0% to 100%, found [" + percentage + "]");
        }
        return new ByteSizeValue((long) (bytes * (percent / 100)));
    }

    private static double threadsShare(String text) {
        double share;
        try {
            share = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            share = Double.NaN;
        }
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException(
                    "[" + THREADS_SHARE_KEY + "] must be a number above 0 and at most 1, found [" + text + "]");
        }
        return share;
    }

    private static boolean threadsPin(String text) {
        if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException("[" + THREADS_PIN_KEY + "] must be true or false, found [" + text + "]");
        }
        return text.equals("true");
    }

    private static DataType kvType(String text) {
        try {
            return KvTypes.of(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("[" + PREFIX + "kv_type]: " + e.getMessage(), e);
        }
    }

    private static String device(String text) {
        try {
            return Devices.check(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("[" + PREFIX + "device]: " + e.getMessage(), e);
        }
    }

    private static String kernelLevel(String text) {
        if (!CpuKernels.LEVEL_NAMES.contains(text)) {
            throw new IllegalArgumentException(
                    "[" + PREFIX + "kernel_level] must be one of " + CpuKernels.LEVEL_NAMES + ", found [" + text + "]");
        }
        return text;
    }
}
