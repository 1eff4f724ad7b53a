/** `VehicleControlAPI`: one car with its doors, tank, brakes and climate. */
import { add, compare, divide, multiply, subtract } from '../python/arithmetic.ts';
import { typeError } from '../python/errors.ts';
import { PyRandom } from '../python/random.ts';
import { iterate, join, toFloat } from '../python/strings.ts';
import { str } from '../python/text.ts';
import { equals, float, PyDict, type PyValue, truthy, typeName } from '../python/values.ts';
import {
  type Attributes,
  attributeClass,
  failure,
  type Method,
  method,
  type Setting,
} from './api-class.ts';
import { attribute, attributeOrDefault, items, seedOf } from './attributes.ts';
import { longText, longValue } from './long-context.ts';
import { DISTANCES, ZIP_CODES } from './look-up-tables.ts';

const SEED = 141053;
const MAX_FUEL = 50;
const MIN_FUEL = 0;
const MILES_PER_GALLON = 20;
const LITRES_PER_GALLON = 3.78541;
const GALLONS_PER_LITRE = 0.264172;

const METHODS: ReadonlyMap<string, Method<Attributes>> = new Map<string, Method<Attributes>>([
  ['startEngine', method(['ignitionMode'], (self, mode) => startEngine(self, mode))],
  ['fillFuelTank', method(['fuelAmount'], (self, amount) => fillTank(self, amount))],
  ['lockDoors', method(['unlock', 'door'], (self, unlock, door) => lockDoors(self, unlock, door))],
  [
    'adjustClimateControl',
    method(
      ['temperature', ['unit', 'celsius'], ['fanSpeed', 50], ['mode', 'auto']],
      (self, temperature, unit, fanSpeed, mode) =>
        adjustClimate(self, temperature, unit, fanSpeed, mode),
    ),
  ],
  ['get_outside_temperature_from_google', method([], outsideTemperature)],
  ['get_outside_temperature_from_weather_com', method([], () => PyDict.of({ error: 404 }))],
  ['setHeadlights', method(['mode'], (self, mode) => setHeadlights(self, mode))],
  ['displayCarStatus', method(['option'], (self, option) => displayStatus(self, option))],
  ['activateParkingBrake', method(['mode'], (self, mode) => parkingBrake(self, mode))],
  ['pressBrakePedal', method(['pedalPosition'], (self, position) => pressPedal(self, position))],
  ['releaseBrakePedal', method([], releasePedal)],
  [
    'setCruiseControl',
    method(['speed', 'activate', 'distanceToNextVehicle'], (self, speed, activate, distance) =>
      cruiseControl(self, speed, activate, distance),
    ),
  ],
  [
    'get_current_speed',
    method([], (self) => PyDict.of({ currentSpeed: float(self.random!.uniform(0, 120)) })),
  ],
  ['display_log', method(['messages'], (_, messages) => PyDict.of({ log: messages }))],
  [
    'estimate_drive_feasibility_by_mileage',
    method(['distance'], (self, distance) => {
      const range = multiply(attribute(self, 'fuelLevel'), float(MILES_PER_GALLON));
      return PyDict.of({ canDrive: !compare(range, '<', distance) });
    }),
  ],
  [
    'liter_to_gallon',
    method(['liter'], (_, liter) =>
      PyDict.of({ gallon: multiply(liter, float(GALLONS_PER_LITRE)) }),
    ),
  ],
  [
    'gallon_to_liter',
    method(['gallon'], (_, gallon) =>
      PyDict.of({ liter: multiply(gallon, float(LITRES_PER_GALLON)) }),
    ),
  ],
  [
    'estimate_distance',
    method(['cityA', 'cityB'], (self, from, to) => {
      const miles =
        typeof from === 'string' && typeof to === 'string'
          ? DISTANCES.get(`${from}|${to}`)
          : undefined;
      if (miles === undefined) return failure('distance not found in database.');
      const result = PyDict.of({ distance: float(miles) });
      if (self.setting.longContext)
        result.set('intermediaryCities', longValue('INTERMEDIARY_CITIES'));
      return result;
    }),
  ],
  [
    'get_zipcode_based_on_city',
    method(['city'], (_, city) => {
      const code = typeof city === 'string' ? ZIP_CODES.get(city) : undefined;
      return PyDict.of({ zipcode: code ?? '00000' });
    }),
  ],
  ['set_navigation', method(['destination'], (self, destination) => navigate(self, destination))],
  ['check_tire_pressure', method([], tirePressure)],
  [
    'find_nearest_tire_shop',
    method([], () => PyDict.of({ shopLocation: '456 Oakwood Avenue, Rivermist, 83214' })),
  ],
]);

/** The class `VehicleControlAPI`. */
export const VEHICLE_CONTROL_API = attributeClass('VehicleControlAPI', () => METHODS, load);

function load(config: PyDict, setting: Setting): Attributes {
  const doors = PyDict.of({
    driver: 'unlocked',
    passenger: 'unlocked',
    rear_left: 'unlocked',
    rear_right: 'unlocked',
  });
  const open = attributeOrDefault(config, {
    fuelLevel: float(0),
    batteryVoltage: float(12.6),
    engineState: 'stopped',
    remainingUnlockedDoors: 4,
    doorStatus: doors,
    acTemperature: float(25),
    fanSpeed: 50,
    acMode: 'auto',
    humidityLevel: float(50),
    headLightStatus: 'off',
    parkingBrakeStatus: 'released',
    brakePedalStatus: 'released',
    distanceToNextVehicle: float(50),
    cruiseStatus: 'inactive',
    destination: 'None',
    frontLeftTirePressure: float(32),
    frontRightTirePressure: float(32),
    rearLeftTirePressure: float(30),
    rearRightTirePressure: float(30),
  });
  const renamed = PyDict.from(
    [...open.entries()].map(([name, value]): [PyValue, PyValue] => [
      name === 'engineState' ? 'engine_state' : name,
      value,
    ]),
  );
  renamed.set('remainingUnlockedDoors', unlockedDoors(renamed.item('doorStatus')).length);
  renamed.set('long_context', setting.longContext);
  const hidden = PyDict.of({
    _parkingBrakeForce: config.get('parkingBrakeForce') ?? float(0),
    _slopeAngle: config.get('slopeAngle') ?? float(0),
    _brakePedalForce: config.get('brakePedalForce') ?? float(0),
  });
  return { setting, open: renamed, hidden, random: new PyRandom(seedOf(config, SEED)) };
}

function unlockedDoors(doors: PyValue): PyValue[] {
  return items(doors)
    .filter(([, status]) => equals(status, 'unlocked'))
    .map(([door]) => door);
}

function startEngine(self: Attributes, mode: PyValue): PyValue {
  if (equals(mode, 'STOP')) self.open.set('engine_state', 'stopped');
  if (compare(attribute(self, 'remainingUnlockedDoors'), '>', 0)) {
    const doors = join(', ', unlockedDoors(attribute(self, 'doorStatus')));
    return failure(
      `All doors must be locked before starting the engine. Here are the unlocked doors: ${doors}`,
    );
  }
  if (!equals(attribute(self, 'brakePedalStatus'), 'pressed')) {
    return failure('Brake pedal needs to be pressed when starting the engine.');
  }
  if (!equals(self.hidden.item('_brakePedalForce'), float(1000))) {
    return failure('Must press the brake fully before starting the engine.');
  }
  if (compare(attribute(self, 'fuelLevel'), '<', MIN_FUEL)) {
    return failure('Fuel tank is empty.');
  }
  if (equals(mode, 'START')) self.open.set('engine_state', 'running');
  else return failure('Invalid ignition mode.');
  return PyDict.of({
    engineState: attribute(self, 'engine_state'),
    fuelLevel: attribute(self, 'fuelLevel'),
    batteryVoltage: attribute(self, 'batteryVoltage'),
  });
}

function fillTank(self: Attributes, amount: PyValue): PyValue {
  if (compare(amount, '<', 0)) return failure('Fuel amount cannot be negative.');
  const level = add(attribute(self, 'fuelLevel'), amount);
  if (compare(level, '>', MAX_FUEL)) return failure('Cannot fill gas above the tank capacity.');
  self.open.set('fuelLevel', level);
  return PyDict.of({ fuelLevel: level });
}

function lockDoors(self: Attributes, unlock: PyValue, doors: PyValue): PyValue {
  const [from, to, step] = truthy(unlock) ? ['locked', 'unlocked', 1] : ['unlocked', 'locked', -1];
  const status = attribute(self, 'doorStatus') as PyDict;
  for (const door of iterate(doors)) {
    if (!equals(status.item(door), from as string)) continue;
    status.set(door, to as string);
    self.open.set(
      'remainingUnlockedDoors',
      add(attribute(self, 'remainingUnlockedDoors'), step as number, '+='),
    );
  }
  return PyDict.of({
    lockStatus: to as string,
    remainingUnlockedDoors: attribute(self, 'remainingUnlockedDoors'),
  });
}

function adjustClimate(
  self: Attributes,
  temperature: PyValue,
  unit: PyValue,
  fanSpeed: PyValue,
  mode: PyValue,
): PyValue {
  if (!(compare(0, '<=', fanSpeed) && compare(fanSpeed, '<=', 100))) {
    return failure('Fan speed must be between 0 and 100.');
  }
  self.open.set('acTemperature', celsius(temperature, unit));
  self.open.set('fanSpeed', fanSpeed);
  self.open.set('acMode', mode);
  return PyDict.of({
    currentACTemperature: temperature,
    climateMode: mode,
    humidityLevel: attribute(self, 'humidityLevel'),
  });
}

function celsius(temperature: PyValue, unit: PyValue): PyValue {
  if (unit !== 'fahrenheit') return temperature;
  return divide(multiply(subtract(temperature, 32), 5), 9);
}

function outsideTemperature(self: Attributes): PyValue {
  const result = self.setting.longContext
    ? (longValue('LONG_WEATHER_EXTENSION') as PyDict)
    : new PyDict();
  result.set('outsideTemperature', float(self.random!.uniform(-10, 40)));
  return result;
}

function setHeadlights(self: Attributes, mode: PyValue): PyValue {
  if (mode !== 'on' && mode !== 'off' && mode !== 'auto') return failure('Invalid headlight mode.');
  const status = mode === 'on' ? 'on' : 'off';
  self.open.set('headLightStatus', status);
  return PyDict.of({ headlightStatus: status });
}

function displayStatus(self: Attributes, option: PyValue): PyValue {
  const status = new PyDict();
  if (self.setting.longContext) status.set('metadata', longText('CAR_STATUS_METADATA_EXTENSION'));
  switch (option) {
    case 'fuel':
      status.set('fuelLevel', attribute(self, 'fuelLevel'));
      break;
    case 'battery':
      status.set('batteryVoltage', attribute(self, 'batteryVoltage'));
      break;
    case 'doors':
      status.set('doorStatus', attribute(self, 'doorStatus'));
      break;
    case 'climate':
      status.set('currentACTemperature', attribute(self, 'acTemperature'));
      status.set('fanSpeed', attribute(self, 'fanSpeed'));
      status.set('climateMode', attribute(self, 'acMode'));
      status.set('humidityLevel', attribute(self, 'humidityLevel'));
      break;
    case 'headlights':
      status.set('headlightStatus', attribute(self, 'headLightStatus'));
      break;
    case 'parkingBrake':
      status.set('parkingBrakeStatus', attribute(self, 'parkingBrakeStatus'));
      status.set('parkingBrakeForce', self.hidden.item('_parkingBrakeForce'));
      status.set('slopeAngle', self.hidden.item('_slopeAngle'));
      break;
    case 'brakePedal':
      status.set('brakePedalStatus', attribute(self, 'brakePedalStatus'));
      status.set('brakePedalForce', self.hidden.item('_brakePedalForce'));
      break;
    case 'engine':
      status.set('engineState', attribute(self, 'engine_state'));
      break;
    default:
      status.set('error', 'Invalid option');
  }
  return status;
}

function parkingBrake(self: Attributes, mode: PyValue): PyValue {
  if (mode !== 'engage' && mode !== 'release') return failure('Invalid mode');
  const engaged = mode === 'engage';
  const status = engaged ? 'engaged' : 'released';
  self.open.set('parkingBrakeStatus', status);
  self.hidden.set('_parkingBrakeForce', float(engaged ? 500 : 0));
  self.hidden.set('_slopeAngle', float(10));
  const result = new PyDict();
  if (self.setting.longContext) {
    result.set('parkingBrakeInstruction', longText('PARKING_BRAKE_INSTRUCTION'));
  }
  result.set('parkingBrakeStatus', status);
  result.set('_parkingBrakeForce', self.hidden.item('_parkingBrakeForce'));
  result.set('_slopeAngle', self.hidden.item('_slopeAngle'));
  return result;
}

function pressPedal(self: Attributes, position: PyValue): PyValue {
  if (!(compare(0, '<=', position) && compare(position, '<=', 1))) {
    return failure('Pedal position must be between 0 and 1.');
  }
  if (equals(position, 0)) return releasePedal(self);
  self.open.set('brakePedalStatus', 'pressed');
  self.hidden.set('_brakePedalForce', multiply(position, float(1000)));
  return pedalState(self);
}

function releasePedal(self: Attributes): PyValue {
  self.open.set('brakePedalStatus', 'released');
  self.hidden.set('_brakePedalForce', float(0));
  return pedalState(self);
}

function pedalState(self: Attributes): PyValue {
  return PyDict.of({
    brakePedalStatus: attribute(self, 'brakePedalStatus'),
    brakePedalForce: self.hidden.item('_brakePedalForce'),
  });
}

function cruiseControl(
  self: Attributes,
  speed: PyValue,
  activate: PyValue,
  distance: PyValue,
): PyValue {
  const speedValue = toFloat(speed);
  const distanceValue = toFloat(distance);
  if (!truthy(activate)) {
    self.open.set('cruiseStatus', 'inactive');
    self.open.set('distanceToNextVehicle', float(distanceValue));
    return cruiseState(self, speedValue);
  }
  if (equals(attribute(self, 'engine_state'), 'stopped')) {
    return failure('Start the engine before activating the cruise control.');
  }
  if (!(speedValue >= 0 && speedValue <= 120) || speedValue % 5 !== 0) {
    return failure('Speed must be between 0 and 120 and a multiple of 5.');
  }
  self.open.set('cruiseStatus', 'active');
  self.open.set('distanceToNextVehicle', float(distanceValue));
  return cruiseState(self, speedValue);
}

function cruiseState(self: Attributes, speed: number): PyValue {
  return PyDict.of({
    cruiseStatus: attribute(self, 'cruiseStatus'),
    currentSpeed: float(speed),
    distanceToNextVehicle: attribute(self, 'distanceToNextVehicle'),
  });
}

function navigate(self: Attributes, destination: PyValue): PyValue {
  // Python sets the attribute before it trips over the message.
  self.open.set('destination', destination);
  if (typeof destination !== 'string') {
    throw typeError(`can only concatenate str (not "${typeName(destination)}") to str`);
  }
  return PyDict.of({ status: `Navigating to ${str(destination)}` });
}

function tirePressure(self: Attributes): PyValue {
  const names = [
    'frontLeftTirePressure',
    'frontRightTirePressure',
    'rearLeftTirePressure',
    'rearRightTirePressure',
  ];
  const result = new PyDict();
  let total: PyValue = 0;
  for (const name of names) {
    const pressure = attribute(self, name);
    result.set(name, pressure);
    total = add(total, pressure);
  }
  const average = divide(total, 4);
  result.set('healthy_tire_pressure', compare(30, '<=', average) && compare(average, '<=', 35));
  result.set(
    'car_info',
    self.setting.longContext ? longText('CAR_STATUS_METADATA_EXTENSION') : new PyDict(),
  );
  return result;
}
