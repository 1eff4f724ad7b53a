/**
 * A tool world of one's own: three lamps, two tools, two requests. A config uses it as a domain by its path:
 *
 *   domains: { lamps: { plugin: ./examples/custom-world/lamps.ts } }
 */
import { defineToolDomain, defineWorld, type OwnTask } from '@taskspace/domain-tooluse';

interface House {
  readonly lamps: Record<string, 'on' | 'off'>;
}

const tools = defineWorld<House>({
  start: () => ({ lamps: { kitchen: 'off', hall: 'on', cellar: 'off' } }),
  tools: {
    list_lamps: {
      description: 'List all lamps, and whether each is on.',
      run: ({ lamps }) => lamps,
    },
    switch_lamp: {
      description: 'Turn a lamp on or off.',
      parameters: { name: { type: 'string' }, to: { type: 'string', enum: ['on', 'off'] } },
      run({ lamps }, { name, to }) {
        if (!Object.hasOwn(lamps, String(name))) return { error: `There is no lamp ${name}.` };
        lamps[String(name)] = to === 'on' ? 'on' : 'off';
        return { name, is: to };
      },
    },
  },
});

const rooms = ['kitchen', 'hall', 'cellar'];

function task(room: string, to: 'on' | 'off'): OwnTask {
  return {
    id: `${room}-${to}`,
    requests: [
      { text: `Turn the lamp in the ${room} ${to}.`, calls: [['switch_lamp', { name: room, to }]] },
      { text: 'Which lamps are on now?', calls: [['list_lamps', {}]] },
    ],
  };
}

export default defineToolDomain({
  name: 'lamps',
  version: '0.1.0',
  tools: () => tools,
  tasks: {
    train: rooms.map((room) => task(room, 'on')),
    test: rooms.map((room) => task(room, 'off')),
  },
});
