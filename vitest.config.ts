import { fileURLToPath } from 'node:url';
import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

const conditions = ['@taskspace/source', ...defaultServerConditions];

export default defineConfig({
  ssr: { resolve: { conditions } },
  test: {
    execArgv: ['--conditions=@taskspace/source'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts'],
          typecheck: {
            enabled: true,
            // `npm run typecheck` reports the sources.
            ignoreSourceErrors: true,
            tsconfig: fileURLToPath(new URL('tsconfig.typecheck.json', import.meta.url)),
            include: ['packages/*/src/**/*.test-d.ts'],
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'cross',
          include: ['test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
