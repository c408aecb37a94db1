// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.generate.action.Pools;
import org.opensearch.generate.models.Models;
import org.opensearch.generate.runner.engine.EngineLimits;
import org.opensearch.threadpool.Scheduler.Cancellable;
import org.opensearch.threadpool.ThreadPool;

/** What settings change while the node runs, in models that are loaded and in those that will be. */
final class ModelTuning {
    /** Idle models are looked for so many times in the time after which they are unloaded. */
    private static final int LOOKS = 4;

    private static final TimeValue LONGEST_PAUSE = TimeValue.timeValueSeconds(30);

    private final Models models;
    private final ThreadPool threadPool;
    private int threads;
    private double share;
    private long kvBytes;
    private EngineLimits limits;
    private boolean speculation;
    private @Nullable Cancellable looking;

    private ModelTuning(Models models, ThreadPool threadPool, LiveSettings live, Settings settings) {
        this.models = models;
        this.threadPool = threadPool;
        threads = live.get(GenerateSettings.THREADS);
        share = live.get(GenerateSettings.THREADS_SHARE);
        kvBytes = live.get(GenerateSettings.KV_MEMORY).getBytes();
        limits = SharingSettings.limits(settings);
        speculation = live.get(GenerateSettings.SPECULATION);
    }

    /** Follows the settings from now on. */
    static void follow(
            Models models, ThreadPool threadPool, ClusterSettings cluster, LiveSettings live, Settings settings) {
        ModelTuning tuning = new ModelTuning(models, threadPool, live, settings);
        cluster.addSettingsUpdateConsumer(GenerateSettings.THREADS, value -> tuning.tune(() -> tuning.threads = value));
        cluster.addSettingsUpdateConsumer(
                GenerateSettings.THREADS_SHARE, value -> tuning.tune(() -> tuning.share = value));
        cluster.addSettingsUpdateConsumer(
                GenerateSettings.KV_MEMORY, value -> tuning.tune(() -> tuning.kvBytes = value.getBytes()));
        cluster.addSettingsUpdateConsumer(
                changed -> tuning.tune(() -> tuning.limits = SharingSettings.limits(changed)),
                List.of(
                        SharingSettings.WEIGHTS,
                        SharingSettings.INGEST_SHARE,
                        SharingSettings.USER_REQUESTS,
                        SharingSettings.USER_TOKENS));
        cluster.addSettingsUpdateConsumer(
                GenerateSettings.SPECULATION, value -> tuning.tune(() -> tuning.speculation = value));
        cluster.addSettingsUpdateConsumer(SharingSettings.IDLE_TIMEOUT, tuning::unloadIdleAfter);
        tuning.tune(() -> {});
        tuning.unloadIdleAfter(SharingSettings.IDLE_TIMEOUT.get(settings));
    }

    private synchronized void tune(Runnable change) {
        change.run();
        int count = threads;
        double part = share;
        long bytes = kvBytes;
        EngineLimits sharing = limits;
        boolean drafts = speculation;
        models.tune(model -> {
            model.setThreads(count);
            model.setShare(part);
            model.setKvBytes(bytes);
            model.setLimits(sharing);
            model.setSpeculation(drafts);
        });
    }

    private synchronized void unloadIdleAfter(TimeValue idle) {
        if (looking != null) {
            looking.cancel();
            looking = null;
        }
        if (idle.nanos() > 0) {
            TimeValue pause = TimeValue.timeValueMillis(Math.clamp(idle.millis() / LOOKS, 1, LONGEST_PAUSE.millis()));
            looking = threadPool.scheduleWithFixedDelay(() -> models.unloadIdle(idle), pause, Pools.LOAD);
        }
    }
}
