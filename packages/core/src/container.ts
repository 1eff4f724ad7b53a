import 'reflect-metadata'; // tsyringe refuses to load without it
import { container, type DependencyContainer, instancePerContainerCachingFactory } from 'tsyringe';
import { ContainerError } from './errors.ts';

/** A typed name for something that can be swapped. */
export interface Token<T> {
  readonly key: symbol;
  /** Type carrier only; never set. */
  readonly type?: T;
}

/** How plugins read what the run provides. */
export interface Services {
  /** @throws {@link ContainerError} when nothing is registered under the token. */
  get<T>(token: Token<T>): T;
  has(token: Token<unknown>): boolean;
}

/**
 * A new token; two tokens of the same name are different.
 *
 * @param name - What error messages call it.
 */
export function createToken<T>(name: string): Token<T> {
  return { key: Symbol(name) };
}

/**
 * What one run, or one part of a run, is wired from. A child scope sees its parent's registrations and may override them.
 *
 * A factory runs at most once in each scope that asks: a child that asks for what its parent registered gets an instance of
 * its own. What should be shared is registered as a value. Disposing a scope disposes its children, then what its factories
 * made, newest first; registered values belong to whoever made them.
 */
export class Scope implements Services, AsyncDisposable {
  #container: DependencyContainer = container.createChildContainer();
  #parent: Scope | null = null;
  readonly #children = new Set<Scope>();
  readonly #registered = new Set<symbol>();
  readonly #asked = new Set<symbol>();
  /** Tokens whose factories are running, outermost first. */
  readonly #making: symbol[] = [];
  readonly #made: unknown[] = [];
  #disposed = false;

  constructor() {
    this.#container.register(SCOPE, { useValue: this });
  }

  registerValue<T>(token: Token<T>, value: T): this {
    this.#claim(token);
    this.#container.register(token.key, { useValue: value });
    return this;
  }

  /** @param factory - Reads what it needs from the scope that asks; runs when first asked for. */
  registerFactory<T>(token: Token<T>, factory: (services: Services) => T): this {
    this.#claim(token);
    const cached = instancePerContainerCachingFactory((asking) => {
      const scope = asking.resolve<Scope>(SCOPE);
      const value = factory(scope);
      scope.#made.push(value);
      return { value };
    });
    this.#container.register(token.key, { useFactory: (asking) => cached(asking).value });
    return this;
  }

  createChild(): Scope {
    this.#assertLive('createChild');
    const child = new Scope();
    child.#container = this.#container.createChildContainer();
    child.#container.register(SCOPE, { useValue: child });
    child.#parent = this;
    this.#children.add(child);
    return child;
  }

  get<T>(token: Token<T>): T {
    this.#assertLive(`get(${nameOf(token)})`);
    if (!this.has(token)) {
      throw new ContainerError(
        `${nameOf(token)}: expected a registration, found none. Registered: ${this.#names().join(', ') || 'nothing'}. ` +
          'Register a value or a factory for it in this scope or a parent.',
      );
    }
    if (this.#making.includes(token.key)) {
      const cycle = [...this.#making.slice(this.#making.indexOf(token.key)), token.key];
      throw new ContainerError(
        `${nameOf(token)}: expected factories without a cycle, got ${cycle.map(nameOfKey).join(' → ')}. ` +
          'Let one of them take what it needs later, as an argument.',
      );
    }
    this.#making.push(token.key);
    this.#asked.add(token.key);
    try {
      return this.#container.resolve<T>(token.key);
    } finally {
      this.#making.pop();
    }
  }

  has(token: Token<unknown>): boolean {
    return this.#registered.has(token.key) || (this.#parent?.has(token) ?? false);
  }

  /** Disposes everything even when some of it throws; then throws what was thrown. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#parent !== null) this.#parent.#children.delete(this);
    const errors: unknown[] = [];
    const owned = [...this.#made, ...this.#children];
    for (const value of owned.reverse()) {
      try {
        await disposeOf(value);
      } catch (error) {
        errors.push(error);
      }
    }
    this.#container.clearInstances();
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, 'Scope: several disposals failed.');
  }

  #claim(token: Token<unknown>): void {
    this.#assertLive(`register(${nameOf(token)})`);
    if (this.#registered.has(token.key) || this.#asked.has(token.key)) {
      throw new ContainerError(
        `${nameOf(token)}: expected one registration before first use in a scope, got ` +
          `${this.#registered.has(token.key) ? 'a second one' : 'one after use'}. Override it in a child scope.`,
      );
    }
    this.#registered.add(token.key);
  }

  #assertLive(what: string): void {
    if (this.#disposed) {
      throw new ContainerError(
        `Scope.${what}: expected a live scope, this one is disposed. Create a new scope.`,
      );
    }
  }

  #names(): string[] {
    const inherited = this.#parent === null ? [] : this.#parent.#names();
    return [...new Set([...[...this.#registered].map(nameOfKey), ...inherited])];
  }
}

const SCOPE = Symbol('Scope');

async function disposeOf(value: unknown): Promise<void> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return;
  if (Symbol.asyncDispose in value) await (value as AsyncDisposable)[Symbol.asyncDispose]();
  else if (Symbol.dispose in value) (value as Disposable)[Symbol.dispose]();
}

function nameOf(token: Token<unknown>): string {
  return nameOfKey(token.key);
}

function nameOfKey(key: symbol): string {
  return key.description ?? 'an unnamed token';
}
