import { homedir } from 'node:os';
import { join } from 'node:path';

/** Environment variables, or what stands for them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the hub is and what is known of it here, by the variables that Hugging Face tools read. */
export interface HubSettings {
  /** `HF_ENDPOINT`, without a slash at its end. */
  readonly endpoint: string;
  /** `HF_HUB_CACHE`, or `hub` in `HF_HOME`. */
  readonly cache: string;
  /** `HF_TOKEN`; empty for none. */
  readonly token: string;
  /** `HF_HUB_OFFLINE`: nothing is asked of the network. */
  readonly offline: boolean;
}

/** Reads the settings. A variable that is set but empty counts as not set. */
export function hubSettings(environment: Environment): HubSettings {
  const home = environment.HF_HOME || join(homedir(), '.cache', 'huggingface');
  const offline = (environment.HF_HUB_OFFLINE ?? '').toLowerCase();
  return {
    endpoint: (environment.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/u, ''),
    cache: environment.HF_HUB_CACHE || join(home, 'hub'),
    token: environment.HF_TOKEN ?? '',
    offline: ['1', 'true', 'yes', 'on'].includes(offline),
  };
}
