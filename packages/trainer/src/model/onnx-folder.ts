/**
 * Model folders in the layout that `@huggingface/transformers` loads: config.json and tokenizer files as Hugging Face tools
 * have them, the decoder in onnx/model.onnx, its weights beside it in onnx/model.onnx_data.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '@taskspace/core';
import { serializeModel } from '../onnx/serialize.ts';
import { writeFileAtomic } from '../run/atomic-write.ts';
import { defaultTemplate } from './chat-template.ts';
import {
  type ModelCompanions,
  type ModelToWrite,
  writeCompanions,
  writeModelConfig,
} from './checkpoint.ts';
import { parameterSpecs } from './config.ts';
import { buildExportGraph } from './export-graph.ts';

/**
 * Writes a model as an ONNX folder.
 *
 * @param folder - Must exist.
 * @throws {@link CheckpointError} when the disk is full or a parameter is missing.
 */
export async function writeOnnxFolder(folder: string, model: ModelToWrite): Promise<void> {
  const { config, parameters } = model;
  await writeCompanions(folder, { companions: withTemplateInConfig(model.companions) });
  await mkdir(join(folder, 'onnx'), { recursive: true });

  const places = new Map<string, { readonly offset: number; readonly sizeBytes: number }>();
  const pieces: Uint8Array[] = [];
  let offset = 0;
  for (const { name } of parameterSpecs(config)) {
    const data = parameters.get(name);
    if (data === undefined) {
      throw new CheckpointError(
        folder,
        `expected parameter ${name}, got none. Pass every parameter of the config.`,
      );
    }
    places.set(name, { offset, sizeBytes: data.byteLength });
    const padding = (ALIGNMENT - (data.byteLength % ALIGNMENT)) % ALIGNMENT;
    pieces.push(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      new Uint8Array(padding),
    );
    offset += data.byteLength + padding;
  }
  await writeFileAtomic(join(folder, 'onnx', DATA_FILE), pieces);
  const bytes = serializeModel(buildExportGraph(config), { file: DATA_FILE, places });
  await writeFileAtomic(join(folder, 'onnx', 'model.onnx'), bytes);
  // Without these it would look for a quantized model in browsers, and for weights inside the model file.
  const settings = { dtype: 'fp32', use_external_data_format: true };
  await writeModelConfig(folder, model, { 'transformers.js_config': settings });
}

/** The library looks for a chat template in tokenizer_config.json alone. */
function withTemplateInConfig(companions: ModelCompanions): ModelCompanions {
  const files = new Map(companions.files);
  const text = (name: string): string => Buffer.from(files.get(name) ?? '').toString();
  const older = files.has('chat_template.json') && JSON.parse(text('chat_template.json'));
  const template = text('chat_template.jinja') || defaultTemplate(older?.chat_template);
  if (!template || !files.has('tokenizer_config.json')) return companions;
  const whole = { ...JSON.parse(text('tokenizer_config.json')), chat_template: template };
  files.set('tokenizer_config.json', Buffer.from(`${JSON.stringify(whole, null, 2)}\n`));
  return { ...companions, files };
}

const DATA_FILE = 'model.onnx_data';
/** Of every parameter in the file of weights, in bytes, so that it can be mapped into memory. */
const ALIGNMENT = 64;
