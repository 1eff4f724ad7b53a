/**
 * Units of measurement. A unit may be left out of an answer; where both sides state a known one they must agree, after
 * conversion within one dimension.
 */
import { fromDecimal, multiply, type Rational, rational } from './rational.ts';

interface Unit {
  readonly dimension: string;
  readonly scale: Rational;
}

const TABLE: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  length: [
    ['m meter meters metre metres', '1'],
    ['cm centimeter centimeters centimetre centimetres', '0.01'],
    ['mm millimeter millimeters millimetre millimetres', '0.001'],
    ['km kilometer kilometers kilometre kilometres', '1000'],
    ['inch inches', '0.0254'],
    ['ft foot feet', '0.3048'],
    ['yd yard yards', '0.9144'],
    ['mi mile miles', '1609.344'],
  ],
  mass: [
    ['g gram grams', '1'],
    ['kg kilogram kilograms', '1000'],
    ['mg milligram milligrams', '0.001'],
    ['lb lbs pound pounds', '453.59237'],
    ['oz ounce ounces', '28.349523125'],
  ],
  time: [
    ['s sec secs second seconds', '1'],
    ['min mins minute minutes', '60'],
    ['h hr hrs hour hours', '3600'],
    ['day days', '86400'],
    ['week weeks', '604800'],
  ],
  money: [
    ['dollar dollars usd', '1'],
    ['cent cents', '0.01'],
  ],
  volume: [
    ['l liter liters litre litres', '1'],
    ['ml milliliter milliliters millilitre millilitres', '0.001'],
    ['gallon gallons', '3.785411784'],
  ],
};

const UNITS: ReadonlyMap<string, Unit> = new Map(
  Object.entries(TABLE).flatMap(([dimension, rows]) =>
    rows.flatMap(([names, scale]) => {
      const [whole = '0', fraction = ''] = scale.split('.');
      const unit = { dimension, scale: fromDecimal(whole, fraction) };
      return names.split(' ').map((name) => [name, unit] as const);
    }),
  ),
);

/** Words that follow a number without changing it, besides the units with a scale. */
const PLAIN_UNITS: ReadonlySet<string> = new Set(
  `units unit square squared cubic sq cu mph kph km/h m/s mps rpm rad radians radian hz khz mhz j kj joule joules n
  newton newtons w kw watt watts v volt volts a amp amps pa kpa mol moles k kelvin ev kev mev ghz ms ns bits bytes
  yuan euros euro rupees yen pounds pence degree degrees people person students student ways way times apples
  ways solutions points cups cup tons ton months month years year am pm a.m p.m per each total more less percent pct
  fahrenheit celsius angstrom angstroms nm um amu au pc kpc mpc ly erg ergs solar`.split(/\s+/),
);

/** Unit symbols of one letter, which could also be variables. */
const SHORT_UNITS: ReadonlySet<string> = new Set('m g s h l L J N W V A K Z'.split(' '));

/** Whether the word can only be a unit after a number. */
export function isUnitWord(word: string): boolean {
  const plain = word.toLowerCase();
  return word.length > 1 && (UNITS.has(plain) || PLAIN_UNITS.has(plain));
}

/** Whether a single letter after a number can be a unit symbol. */
export function isUnitLetter(letter: string): boolean {
  return SHORT_UNITS.has(letter);
}

/** How two stated units relate. */
export type UnitRelation =
  | { readonly kind: 'same' }
  /** Multiply the left number by `factor` to state it in the right unit. */
  | { readonly kind: 'scaled'; readonly factor: Rational }
  | { readonly kind: 'different' }
  /** At least one of them is not in the table. */
  | { readonly kind: 'unknown' };

/** Relates two units as written, such as `cm^2` and `square metres`. */
export function relateUnits(left: string, right: string): UnitRelation {
  if (left === right) return { kind: 'same' };
  if (numbersIn(left) !== numbersIn(right) && numbersIn(left) !== '' && numbersIn(right) !== '') {
    return { kind: 'different' };
  }
  const a = readUnit(left);
  const b = readUnit(right);
  if (a === undefined || b === undefined) return { kind: 'unknown' };
  if (a.dimension !== b.dimension) return { kind: 'different' };
  const factor = multiply(a.scale, rational(b.scale.bottom, b.scale.top));
  return factor.top === factor.bottom ? { kind: 'same' } : { kind: 'scaled', factor };
}

function numbersIn(unit: string): string {
  return unit.replaceAll(/[^\d-]+/g, ' ').trim();
}

function readUnit(text: string): Unit | undefined {
  const parts = text
    .toLowerCase()
    .split(/[\s^{}()]+/)
    .filter((part) => part !== '');
  let degree = 1;
  let unit: Unit | undefined;
  for (const part of parts) {
    if (part === 'square' || part === 'sq' || part === '2' || part === 'squared') degree = 2;
    else if (part === 'cubic' || part === 'cu' || part === '3' || part === 'cubed') degree = 3;
    else if (unit === undefined && UNITS.has(part)) unit = UNITS.get(part);
    else return undefined;
  }
  if (unit === undefined) return undefined;
  if (degree === 1) return unit;
  const square = multiply(unit.scale, unit.scale);
  return {
    dimension: `${unit.dimension}^${degree}`,
    scale: degree === 2 ? square : multiply(square, unit.scale),
  };
}
