import { between, pick, type RandomStream, sample } from '@taskspace/core';
import { type Data, member, type Scene, type Step } from './walk.ts';
import { TOPICS } from './words.ts';

const CLASS = 'VehicleControlAPI';
const DOORS = ['driver', 'passenger', 'rear_left', 'rear_right'];
const CITIES = ['Rivermist', 'Stonebrook', 'San Francisco', 'Silverpine', 'Oakendale'];

function config(random: RandomStream): Data {
  const pressure = between(random, 26, 36);
  return {
    fuelLevel: between(random, 3, 30),
    batteryVoltage: 12.6,
    engineState: 'stopped',
    doorStatus: Object.fromEntries(
      DOORS.map((door) => [door, pick(random, ['locked', 'unlocked'])]),
    ),
    acTemperature: between(random, 18, 28),
    headLightStatus: 'off',
    parkingBrakeStatus: pick(random, ['released', 'engaged']),
    frontLeftTirePressure: pressure,
    frontRightTirePressure: pressure,
    rearLeftTirePressure: pressure,
    rearRightTirePressure: pressure,
  };
}

const steps: readonly Step[] = [
  (walk) => {
    const level = Number(member(walk.call('displayCarStatus', { option: 'fuel' }), 'fuelLevel'));
    const goal = between(walk.random, 31, 50);
    if (goal <= level) return null;
    walk.call('fillFuelTank', { fuelAmount: goal - level });
    return pick(walk.random, [
      `Check how many gallons are in the tank and add what is missing to ${goal} gallons.`,
      `See how much fuel there is, then fill the tank up to exactly ${goal} gallons.`,
    ]);
  },
  (walk) => {
    const { doorStatus, engine_state: engine } = walk.state(CLASS);
    if (engine !== 'stopped' || Number(walk.state(CLASS).fuelLevel) <= 0) return null;
    if (!Object.values(doorStatus as Data).includes('unlocked')) return null;
    walk.call('lockDoors', { unlock: false, door: DOORS });
    walk.call('pressBrakePedal', { pedalPosition: 1 });
    walk.call('startEngine', { ignitionMode: 'START' });
    return `Lock all four doors (${DOORS.join(', ')}), press the brake pedal down fully, and start the engine.`;
  },
  (walk) => {
    const mode = pick(walk.random, ['on', 'auto']);
    walk.call('setHeadlights', { mode });
    return pick(walk.random, [`Set the headlights to ${mode}.`, `Headlights: ${mode}, please.`]);
  },
  (walk) => {
    const temperature = between(walk.random, 17, 27);
    const fanSpeed = between(walk.random, 1, 9) * 10;
    walk.call('adjustClimateControl', { temperature, fanSpeed });
    return `Set the air conditioning to ${temperature} degrees celsius with the fan at ${fanSpeed}.`;
  },
  (walk) => {
    const place = `${between(walk.random, 1, 99)} ${pick(walk.random, TOPICS)} street, ${pick(walk.random, CITIES)}, CA`;
    walk.call('set_navigation', { destination: place });
    return `Navigate to ${place}`;
  },
  (walk) => {
    walk.call('check_tire_pressure');
    const { shopLocation } = walk.call('find_nearest_tire_shop') as Data;
    walk.call('set_navigation', { destination: shopLocation! });
    return 'Check the pressure of the tyres, then find the nearest tyre shop and navigate to where it is.';
  },
  (walk) => {
    const [from, to] = sample(walk.random, 2, CITIES) as [string, string];
    const code = (city: string) =>
      String(member(walk.call('get_zipcode_based_on_city', { city }), 'zipcode'));
    walk.call('estimate_distance', { cityA: code(from), cityB: code(to) });
    return `How far is it from ${from} to ${to}? Look up both zip codes, ${from} first.`;
  },
  (walk) => {
    const liter = between(walk.random, 5, 60);
    walk.call('liter_to_gallon', { liter });
    return `How many gallons are ${liter} liters?`;
  },
  (walk) => {
    if (walk.state(CLASS).parkingBrakeStatus === 'engaged') {
      walk.call('activateParkingBrake', { mode: 'release' });
      return 'Release the parking brake.';
    }
    walk.call('activateParkingBrake', { mode: 'engage' });
    return 'Engage the parking brake.';
  },
];

/** A car. */
export const vehicleScene: Scene = { class: CLASS, config, steps };
