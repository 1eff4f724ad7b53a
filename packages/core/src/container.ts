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
