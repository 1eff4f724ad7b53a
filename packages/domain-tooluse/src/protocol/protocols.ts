import { exitProtocol } from './exit.ts';
import { hermesProtocol } from './hermes.ts';
import { llama3JsonProtocol } from './llama3-json.ts';
import { mistralProtocol } from './mistral.ts';
import { openaiProtocol } from './openai.ts';
import type { Protocol, ProtocolName } from './protocol.ts';

/** Every protocol by its name. */
export const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = {
  exit: exitProtocol,
  hermes: hermesProtocol,
  'llama3-json': llama3JsonProtocol,
  mistral: mistralProtocol,
  openai: openaiProtocol,
};
