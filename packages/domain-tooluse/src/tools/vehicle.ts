import type { ToolDefinition } from '../tool.ts';
import { flag, integer, list, number, optional, text, tool } from './describe.ts';

const DOORS = ['driver', 'passenger', 'rear_left', 'rear_right'];
const SHOWN = [
  'fuel',
  'battery',
  'doors',
  'climate',
  'headlights',
  'parkingBrake',
  'brakePedal',
  'engine',
];

/** A car. */
export const VEHICLE_TOOLS: readonly ToolDefinition[] = [
  tool('activateParkingBrake', 'Set or release the parking brake.', {
    mode: text('What to do.', ['engage', 'release']),
  }),
  tool('adjustClimateControl', 'Set the air conditioning.', {
    temperature: number('Temperature.'),
    unit: optional(text('Its unit.', ['celsius', 'fahrenheit']), 'celsius'),
    fanSpeed: optional(integer('From 0 to 100.'), 50),
    mode: optional(text('How it works.', ['auto', 'cool', 'heat', 'defrost']), 'auto'),
  }),
  tool('check_tire_pressure', 'Show the pressure of all tyres.'),
  tool('displayCarStatus', 'Show one part of the state of the car.', {
    option: text('Which part.', SHOWN),
  }),
  tool('display_log', 'Show messages on the display.', {
    messages: list('string', 'The messages.'),
  }),
  tool('estimate_distance', 'Tell the distance between two cities in kilometres.', {
    cityA: text('Zip code of the first city.'),
    cityB: text('Zip code of the second city.'),
  }),
  tool('estimate_drive_feasibility_by_mileage', 'Tell whether the fuel is enough for a distance.', {
    distance: number('Miles.'),
  }),
  tool('fillFuelTank', 'Add fuel to the tank, which holds 50 gallons.', {
    fuelAmount: number('Gallons to add.'),
  }),
  tool('find_nearest_tire_shop', 'Tell where the nearest tyre shop is.'),
  tool('gallon_to_liter', 'Convert gallons to litres.', { gallon: number('Gallons.') }),
  tool('get_current_speed', 'Tell how fast the car drives.'),
  tool('get_outside_temperature_from_google', 'Tell the temperature outside, by one source.'),
  tool('get_outside_temperature_from_weather_com', 'Tell the temperature outside, by another.'),
  tool('get_zipcode_based_on_city', 'Tell the zip code of a city.', { city: text('The city.') }),
  tool('liter_to_gallon', 'Convert litres to gallons.', { liter: number('Litres.') }),
  tool('lockDoors', 'Lock or unlock doors.', {
    unlock: flag('True to unlock, false to lock.'),
    door: list('string', 'Which doors.', DOORS),
  }),
  tool('pressBrakePedal', 'Press the brake pedal.', {
    pedalPosition: number('From 0, not at all, to 1, fully.'),
  }),
  tool('releaseBrakePedal', 'Let the brake pedal go.'),
  tool('setCruiseControl', 'Set the cruise control; the engine must run.', {
    speed: number('Miles an hour, a multiple of 5 from 0 to 120.'),
    activate: flag('True to turn it on.'),
    distanceToNextVehicle: number('Metres to keep to the next car.'),
  }),
  tool('setHeadlights', 'Set the headlights.', { mode: text('How.', ['on', 'off', 'auto']) }),
  tool('set_navigation', 'Navigate to a place.', {
    destination: text('Street, city, state.'),
  }),
  tool(
    'startEngine',
    'Start or stop the engine. To start, all doors must be locked and the brake pedal pressed.',
    { ignitionMode: text('What to do.', ['START', 'STOP']) },
  ),
];
