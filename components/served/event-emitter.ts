/**
 * Events by name, as Socket.IO's client means them. The served build takes this in place of
 * `@socket.io/component-emitter`, which is written for older browsers and twice the size (see `layers.mjs`).
 */

type Listener = ((...values: unknown[]) => void) & { readonly first?: Listener };

export class Emitter {
  #listeners = new Map<string, Listener[]>();

  on(name: string, listener: Listener): this {
    this.#listeners.set(name, [...this.listeners(name), listener]);
    return this;
  }

  once(name: string, listener: Listener): this {
    const once = (...values: unknown[]): void => {
      this.off(name, once);
      listener.apply(this, values);
    };
    return this.on(name, Object.assign(once, { first: listener }));
  }

  /** Without a listener all of that name, without a name all. */
  off(name?: string, listener?: Listener): this {
    if (name === undefined) this.#listeners.clear();
    else {
      const stays = (one: Listener): boolean => listener !== undefined && one !== listener && one.first !== listener;
      this.#listeners.set(name, this.listeners(name).filter(stays));
    }
    return this;
  }

  removeListener(name: string, listener: Listener): this {
    return this.off(name, listener);
  }

  removeAllListeners(name?: string): this {
    return this.off(name);
  }

  emit(name: string, ...values: unknown[]): this {
    for (const listener of this.listeners(name)) listener.apply(this, values);
    return this;
  }

  /** Of the library's own; `emit` may be another's in a class below. */
  emitReserved(name: string, ...values: unknown[]): this {
    return Emitter.prototype.emit.call(this, name, ...values) as this;
  }

  listeners(name: string): readonly Listener[] {
    return this.#listeners.get(name) ?? [];
  }

  hasListeners(name: string): boolean {
    return this.listeners(name).length > 0;
  }
}
