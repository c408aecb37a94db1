// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models;

import java.io.Closeable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.models.ModelInfo.State;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.generate.runner.LoadOptions;
import org.opensearch.generate.runner.LoadProgress;

/**
 * The models of this node, from file to memory and back.
 *
 * <h2>State</h2>
 * A model that is on disk has a {@link ModelSlot} once somebody asked for it: loading, loaded or failed. No slot means available.
 * Slots change under this object's lock; loading and closing run outside it, on the load pool.
 *
 * <h2>Threads</h2>
 * {@link #acquire}, {@link #list}, {@link #load} and {@link #unload} read the folder: not for transport threads.
 */
public final class Models implements Closeable {
    /** Loads a model; {@link LanguageModel#load} but for tests. */
    @FunctionalInterface
    public interface Loader {
        /** Loads it, or throws and leaves nothing behind. */
        LanguageModel load(Path path, LoadOptions options, LoadProgress progress);
    }

    private static final Logger LOG = LogManager.getLogger(Models.class);

    /** How long a model that comes back is waited for by those who would wait for ever. */
    private static final long LONGEST_WAIT_NANOS = TimeUnit.HOURS.toNanos(1);

    /** Requests that wait for a model that comes back, at most. */
    private static final int MOST_ASKERS = 1024;

    private final ModelFiles onDisk;
    private final Loader loader;
    private final Supplier<LoadOptions> options;
    private final Supplier<String> defaultModel;
    private final Executor pool;
    private final Map<String, ModelSlot> slots = new HashMap<>();
    /** Models that were unloaded since nobody used them. */
    private final Set<String> resting = new HashSet<>();

    private Consumer<LanguageModel> tuning = model -> {};
    private boolean closed;

    /**
     * @param folder where models lie; need not exist
     * @param loader loads one
     * @param options how, asked at each load
     * @param defaultModel id of the model for requests that name none; empty for none
     * @param pool where models are loaded and closed
     */
    public Models(
            Path folder, Loader loader, Supplier<LoadOptions> options, Supplier<String> defaultModel, Executor pool) {
        this.onDisk = new ModelFiles(new ModelFolder(folder));
        this.loader = loader;
        this.options = options;
        this.defaultModel = defaultModel;
        this.pool = pool;
    }

    /** All models, those of the folder, those deployed, and those loaded whose file is gone, by id. */
    public List<ModelInfo> list() {
        SortedMap<String, Path> files = onDisk.list();
        synchronized (this) {
            SortedMap<String, ModelInfo> infos = new TreeMap<>();
            files.keySet().forEach(id -> infos.put(id, info(id, files.keySet())));
            onDisk.deployed().forEach(id -> infos.putIfAbsent(id, info(id, files.keySet())));
            slots.keySet().forEach(id -> infos.putIfAbsent(id, info(id, files.keySet())));
            return List.copyOf(infos.values());
        }
    }

    /** The loaded models, each to be given back with {@link LoadedModel#decRef()}. */
    public synchronized List<LoadedModel> acquireLoaded() {
        List<LoadedModel> loaded = new ArrayList<>();
        for (ModelSlot slot : slots.values()) {
            if (slot.loaded != null && slot.loaded.tryIncRef()) {
                loaded.add(slot.loaded);
            }
        }
        return loaded;
    }

    /** Changes all models, those that are loaded and those that will be; takes the place of the change before. */
    public synchronized void tune(Consumer<LanguageModel> change) {
        tuning = change;
        for (ModelSlot slot : slots.values()) {
            if (slot.loaded != null) {
                change.accept(slot.loaded.model());
            }
        }
    }

    /**
     * The model a request asks for, to be given back with {@link LoadedModel#decRef()}. One that is not loaded starts loading.
     *
     * @param id the model, or null for the default
     * @throws UnknownModelException if there is none of that name
     * @throws ModelLoadingException if it is not loaded yet
     * @throws ModelUnavailableException if its last load failed
     * @throws IllegalArgumentException if no id was given and no default is clear
     */
    public LoadedModel acquire(@Nullable String id) {
        SortedMap<String, Path> files = onDisk.list();
        String wanted = id != null ? id : defaultId(files.keySet());
        synchronized (this) {
            ModelSlot slot = slot(wanted, files);
            if (slot.failure != null) {
                throw ModelUnavailableException.ofLoad(wanted, slot.failure);
            }
            if (slot.loaded == null || !slot.loaded.tryIncRef()) {
                throw new ModelLoadingException(wanted, slot.progress, slot.retryAfterSeconds());
            }
            slot.loaded.used();
            return slot.loaded;
        }
    }

    /** A model if it is loaded, to be given back with {@link LoadedModel#decRef()}; nothing is begun. */
    public synchronized Optional<LoadedModel> tryAcquire(String id) {
        ModelSlot slot = slots.get(id);
        if (slot == null || slot.loaded == null || !slot.loaded.tryIncRef()) {
            return Optional.empty();
        }
        slot.loaded.used();
        return Optional.of(slot.loaded);
    }

    /** The id of the model for requests that name none, if that is clear. */
    public Optional<String> tryDefaultId() {
        String chosen = defaultModel.get();
        Collection<String> known = chosen.isEmpty() ? onDisk.list().keySet() : List.of(chosen);
        return known.size() == 1 ? Optional.of(known.iterator().next()) : Optional.empty();
    }

    /**
     * The same, but a model that was unloaded since nobody used it is waited for while it comes back.
     *
     * @param deadlineNanos {@link System#nanoTime()} value up to which it is waited for; {@link Long#MAX_VALUE} for an hour
     * @param executor where the listener is told that has waited
     */
    public void acquire(
            @Nullable String id, long deadlineNanos, Executor executor, ActionListener<LoadedModel> listener) {
        SortedMap<String, Path> files = onDisk.list();
        String wanted = id != null ? id : defaultId(files.keySet());
        Asker asker = new Asker(executor, listener);
        boolean waits;
        synchronized (this) {
            ModelSlot slot = slot(wanted, files);
            waits = slot.comesBack && slot.state == State.LOADING && slot.askers.size() < MOST_ASKERS;
            if (waits) {
                slot.askers.add(asker);
            }
        }
        if (!waits) {
            listener.onResponse(acquire(wanted));
            return;
        }
        long left = deadlineNanos == Long.MAX_VALUE
                ? LONGEST_WAIT_NANOS
                : Math.min(deadlineNanos - System.nanoTime(), LONGEST_WAIT_NANOS);
        asker.waitsFor(left, () -> stillLoading(wanted));
    }

    private synchronized ModelLoadingException stillLoading(String id) {
        ModelSlot slot = slots.get(id);
        return slot == null
                ? new ModelLoadingException(id, "its loading was stopped", 1)
                : new ModelLoadingException(id, slot.progress, slot.retryAfterSeconds());
    }

    /** Unloads the models that no request has used for so long; the next that asks for one brings it back. */
    public void unloadIdle(TimeValue idle) {
        List<LoadedModel> unused = new ArrayList<>();
        synchronized (this) {
            slots.values().removeIf(slot -> {
                LoadedModel model = slot.loaded;
                if (model == null || !model.isIdle(idle.nanos())) {
                    return false;
                }
                resting.add(model.id());
                return unused.add(model);
            });
        }
        for (LoadedModel model : unused) {
            model.retire();
            LOG.info("unloaded model [{}], which nobody has used for {}", model.id(), idle);
        }
    }

    /** Loads a model, also one that failed before, and tells the listener when it is loaded. */
    public void load(String id, ActionListener<ModelInfo> listener) {
        SortedMap<String, Path> files = onDisk.list();
        synchronized (this) {
            if (isAwaited(id, files, listener)) {
                return;
            }
        }
        listener.onResponse(info(id));
    }

    /** Whether a model is not loaded: then it is being loaded now, and the listener will be told. */
    private boolean isAwaited(String id, SortedMap<String, Path> files, ActionListener<ModelInfo> listener) {
        ModelSlot failed = slots.get(id);
        if (failed != null && failed.state == State.FAILED) {
            slots.remove(id);
        }
        ModelSlot slot = slot(id, files);
        return slot.loaded == null && slot.waiting.add(listener);
    }

    /** Unloads a model, ending its answers as cancelled, or stops its loading. */
    public void unload(String id, ActionListener<ModelInfo> listener) {
        SortedMap<String, Path> files = onDisk.list();
        LoadedModel loaded;
        synchronized (this) {
            resting.remove(id);
            ModelSlot slot = slots.remove(id);
            if (slot == null && !files.containsKey(id)) {
                throw new UnknownModelException("no model [" + id + "]", files.keySet());
            }
            if (slot != null) {
                slot.cancelled = true;
            }
            loaded = slot == null ? null : slot.loaded;
        }
        if (loaded == null) {
            listener.onResponse(info(id));
            return;
        }
        pool.execute(() -> ActionListener.completeWith(listener, () -> {
            loaded.retire();
            LOG.info("unloaded model [{}]", id);
            return info(id);
        }));
    }

    /**
     * Says that the model of a deployment is on its way to this node, or failed to come; it hides one of the folder with the same
     * id. The first word about a deployment unloads what was there under its id.
     */
    public void deploy(String id, DeployedModel model) {
        LoadedModel before;
        synchronized (this) {
            before = onDisk.deploy(id, model) ? forget(id) : null;
        }
        if (before != null) {
            pool.execute(before::retire);
        }
    }

    /** Loads the model of a deployment that is there now, also if it failed before, and tells the listener when it is loaded. */
    public void loadDeployed(String id, Path path, ActionListener<ModelInfo> listener) {
        synchronized (this) {
            onDisk.deploy(id, DeployedModel.at(path));
            if (isAwaited(id, new TreeMap<>(Map.of(id, path)), listener)) {
                return;
            }
        }
        listener.onResponse(info(id));
    }

    /** Ends a deployment's model on this node, if there is one, and tells the listener when its memory is given back. */
    public void undeploy(String id, ActionListener<Void> listener) {
        LoadedModel loaded;
        synchronized (this) {
            resting.remove(id);
            ModelSlot slot = onDisk.undeploy(id) ? slots.get(id) : null;
            if (slot != null && slot.state == State.LOADING) {
                slot.waiting.add(ActionListener.wrap(() -> listener.onResponse(null)));
                forget(id);
                return;
            }
            loaded = slot == null ? null : forget(id);
        }
        if (loaded == null) {
            listener.onResponse(null);
            return;
        }
        pool.execute(() -> ActionListener.completeWith(listener, () -> {
            loaded.retire();
            LOG.info("unloaded model [{}]", id);
            return null;
        }));
    }

    /** Takes a model's slot away. Returns what was loaded, to be retired. */
    private @Nullable LoadedModel forget(String id) {
        resting.remove(id);
        ModelSlot slot = slots.remove(id);
        if (slot == null) {
            return null;
        }
        slot.cancelled = true;
        return slot.loaded;
    }

    /** Stops loads and unloads everything; answers that run end as cancelled. */
    @Override
    public void close() {
        List<LoadedModel> loaded = new ArrayList<>();
        synchronized (this) {
            closed = true;
            for (ModelSlot slot : slots.values()) {
                slot.cancelled = true;
                if (slot.loaded != null) {
                    loaded.add(slot.loaded);
                }
            }
            slots.clear();
        }
        loaded.forEach(LoadedModel::retire);
    }

    /** The slot of a model; a new one starts to load. */
    private ModelSlot slot(String id, SortedMap<String, Path> files) {
        ModelSlot slot = slots.get(id);
        if (slot != null && !slot.isTriedAgain()) {
            return slot;
        }
        if (closed) {
            throw new CancellationException("the node is closing");
        }
        Path path = onDisk.confirm(id, files.get(id));
        if (path == null) {
            ModelFolder.checkId(id);
            onDisk.requireNotComing(id);
            throw new UnknownModelException("no model [" + id + "]", files.keySet());
        }
        ModelSlot fresh = new ModelSlot(resting.remove(id));
        pool.execute(() -> run(id, path, fresh));
        slots.put(id, fresh);
        return fresh;
    }

    /** Loads, on the load pool. */
    private void run(String id, Path path, ModelSlot slot) {
        LoadedModel loaded = null;
        Exception failure = null;
        try {
            LOG.info("loading model [{}]", id);
            loaded = new LoadedModel(id, loader.load(path, options.get(), slot));
            LanguageModel model = loaded.model();
            LOG.info(
                    "loaded model [{}] with {} kernels in {} ms, weights from {}",
                    id,
                    model.kernels(),
                    model.loadMillis(),
                    model.weightSource());
        } catch (CancellationException e) {
            failure = new IllegalStateException("loading of model [" + id + "] was stopped");
        } catch (Exception e) {
            LOG.warn("model [" + id + "] could not be loaded", e);
            failure = e;
        }
        finish(id, slot, loaded, failure);
    }

    private void finish(String id, ModelSlot slot, @Nullable LoadedModel loaded, @Nullable Exception failure) {
        List<ActionListener<ModelInfo>> waiting;
        List<Asker> askers;
        boolean unwanted;
        synchronized (this) {
            unwanted = slot.cancelled;
            if (loaded != null) {
                tuning.accept(loaded.model());
            }
            waiting = List.copyOf(slot.waiting);
            slot.waiting.clear();
            askers = List.copyOf(slot.askers);
            slot.askers.clear();
            if (!unwanted) {
                slot.loaded = loaded;
                slot.state = loaded != null ? State.LOADED : State.FAILED;
                slot.failure = failure;
                slot.failedNanos = System.nanoTime();
            }
        }
        if (unwanted && loaded != null) {
            loaded.retire();
        }
        if (failure == null && unwanted) {
            failure = new IllegalStateException("model [" + id + "] was unloaded while it was loading");
        }
        for (Asker asker : askers) {
            asker.ended(id, loaded, failure);
        }
        for (ActionListener<ModelInfo> listener : waiting) {
            if (failure != null) {
                listener.onFailure(failure);
            } else {
                listener.onResponse(info(id));
            }
        }
    }

    private String defaultId(Collection<String> known) {
        String chosen = defaultModel.get();
        if (!chosen.isEmpty()) {
            return chosen;
        }
        if (known.size() == 1) {
            return known.iterator().next();
        }
        if (known.isEmpty()) {
            throw new UnknownModelException("no model was named", known);
        }
        throw new IllegalArgumentException(
                "[model] is missing, and plugins.generate.default_model is not set; known models are " + known);
    }

    private ModelInfo info(String id) {
        SortedMap<String, Path> files = onDisk.list();
        synchronized (this) {
            return info(id, files.keySet());
        }
    }

    private ModelInfo info(String id, Collection<String> known) {
        String chosen = defaultModel.get();
        boolean isDefault = chosen.isEmpty() ? known.size() == 1 && known.contains(id) : chosen.equals(id);
        ModelSlot slot = slots.get(id);
        DeployedModel coming = onDisk.coming(id);
        if (coming != null && (slot == null || slot.loaded == null)) {
            return coming.info(id, isDefault);
        }
        if (slot == null) {
            return new ModelInfo(id, State.AVAILABLE, isDefault, null, null, null, null);
        }
        String progress = slot.state == State.LOADING ? slot.progress : null;
        ModelInfo.Loaded details = slot.loaded == null ? null : details(slot.loaded.model());
        String error = slot.failure == null ? null : String.valueOf(slot.failure.getMessage());
        return new ModelInfo(id, slot.state, isDefault, progress, error, null, details);
    }

    private static ModelInfo.Loaded details(LanguageModel model) {
        return new ModelInfo.Loaded(
                model.config().architecture(),
                model.maxContext(),
                model.kernels(),
                model.kernelFallback(),
                model.weightBytes(),
                model.memoryBytes(),
                model.weightSource().toString(),
                model.loadMillis());
    }
}
