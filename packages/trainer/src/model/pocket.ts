import { fileURLToPath } from 'node:url';

/** The model folder of the pocket policy, which this package ships; the same whether sources or the build are running. */
export function pocketFolder(): string {
  return fileURLToPath(new URL('../../assets/pocket', import.meta.url));
}
