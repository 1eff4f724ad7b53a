import { TaskspaceError } from '@taskspace/core';

/** A table that cannot be used as it is; the message says which line and why, without showing any answer. */
export class InvalidTable extends TaskspaceError {
  static {
    InvalidTable.prototype.name = 'InvalidTable';
  }

  constructor(message: string, options?: ErrorOptions) {
    super('TASKSPACE_ERR_MLE_TABLE', message, options);
  }
}

/** A cell, column name or id in a message: one short line of printable characters. */
export function quote(text: string, most = 60): string {
  const shown = JSON.stringify(text.length > most ? `${text.slice(0, most)}…` : text);
  // JSON leaves these as they are; in a terminal or a prompt they could do harm.
  return shown.replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A list in a message, cut after a few entries. */
export function quoteList(texts: readonly string[], most = 6): string {
  const shown = texts.slice(0, most).map((text) => quote(text, 40));
  const rest = texts.length - shown.length;
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
