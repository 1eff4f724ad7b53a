/** `TravelAPI`: flights, credit cards, bookings and insurance behind an access token. */
import { add, compare, divide, multiply, round, subtract } from '../python/arithmetic.ts';
import { PyError, valueError } from '../python/errors.ts';
import { PyRandom } from '../python/random.ts';
import { iterate, stringWith, toFloat } from '../python/strings.ts';
import { parseDay } from '../python/strptime.ts';
import { repr, str } from '../python/text.ts';
import { equals, float, hashKey, PyDict, type PyValue, truthy } from '../python/values.ts';
import {
  type Attributes,
  attributeClass,
  failure,
  type Method,
  method,
  type Setting,
  type WorldProfile,
} from './api-class.ts';
import { attribute, attributeOrDefault, seedOf } from './attributes.ts';
import { longValue } from './long-context.ts';
import { AIRPORT_OF_CITY, AIRPORTS, BASE_FARES } from './look-up-tables.ts';

const SEED = 141053;
const DAYS_A_YEAR = 365;
const MS_A_DAY = 86_400_000;
const ADULT = 18;

const CLASS_FACTORS: ReadonlyMap<PyValue, number> = new Map<PyValue, number>([
  ['economy', 1],
  ['business', 2],
  ['first', 5],
]);

/** Units of each currency to one dollar; ints stay ints in results. */
const PER_DOLLAR: ReadonlyMap<PyValue, PyValue> = new Map<PyValue, PyValue>([
  ['RMB', 7],
  ['EUR', float(0.8)],
  ['JPY', 110],
  ['GBP', float(0.7)],
  ['CAD', float(1.3)],
  ['AUD', float(1.4)],
  ['INR', 70],
  ['RUB', 60],
  ['BRL', float(3.8)],
  ['MXN', 20],
]);

const METHODS: Readonly<Record<WorldProfile, ReadonlyMap<string, Method<Attributes>>>> = {
  v3: methods('v3'),
  v4: methods('v4'),
};

/** The class `TravelAPI`. */
export const TRAVEL_API = attributeClass('TravelAPI', (profile) => METHODS[profile], load);

function load(config: PyDict, setting: Setting): Attributes {
  const open = attributeOrDefault(config, {
    credit_card_list: new PyDict(),
    booking_record: new PyDict(),
    access_token: null,
    token_type: null,
    token_expires_in: null,
    token_scope: null,
    user_first_name: null,
    user_last_name: null,
    budget_limit: null,
  });
  open.set('long_context', setting.longContext);
  if (setting.longContext) {
    extend(open.item('credit_card_list') as PyDict, 'CREDIT_CARD_EXTENSION');
    extend(open.item('booking_record') as PyDict, 'BOOKING_RECORD_EXTENSION');
  }
  const hidden = PyDict.of({ _flight_cost_lookup: new PyDict() });
  return { setting, open, hidden, random: new PyRandom(seedOf(config, SEED)) };
}

function extend(dict: PyDict, name: string): void {
  for (const [key, value] of (longValue(name) as PyDict).entries()) dict.set(key, value);
}

function methods(profile: WorldProfile): ReadonlyMap<string, Method<Attributes>> {
  const token = tokenCheck(profile);
  const v4Only: [string, Method<Attributes>][] = [
    [
      'get_booking_history',
      method(['access_token'], (self, accessToken) =>
        token(self, accessToken)
          ? PyDict.of({ booking_history: attribute(self, 'booking_record') })
          : failure(INVALID_TOKEN),
      ),
    ],
  ];
  return new Map<string, Method<Attributes>>([
    [
      'authenticate_travel',
      method(
        [
          'client_id',
          'client_secret',
          'refresh_token',
          'grant_type',
          'user_first_name',
          'user_last_name',
        ],
        (self, _id, _secret, _refresh, grant, first, last) =>
          authenticate(self, grant, first, last),
      ),
    ],
    [
      'travel_get_login_status',
      method([], (self) => PyDict.of({ status: truthy(attribute(self, 'access_token')) })),
    ],
    [
      'get_budget_fiscal_year',
      method(
        [
          ['lastModifiedAfter', null],
          ['includeRemoved', null],
        ],
        () => PyDict.of({ budget_fiscal_year: '2018' }),
      ),
    ],
    [
      'register_credit_card',
      method(
        [
          'access_token',
          'card_number',
          'expiration_date',
          'cardholder_name',
          'card_verification_number',
        ],
        (self, accessToken, number, expiration, holder, code) =>
          token(self, accessToken)
            ? registerCard(self, number, expiration, holder, code)
            : failure(INVALID_TOKEN),
      ),
    ],
    [
      'get_flight_cost',
      method(
        ['travel_from', 'travel_to', 'travel_date', 'travel_class'],
        (self, from, to, date, travelClass) =>
          PyDict.of({ travel_cost_list: flightCosts(self, from, to, date, travelClass) }),
      ),
    ],
    [
      'get_credit_card_balance',
      method(['access_token', 'card_id'], (self, accessToken, card) =>
        token(self, accessToken) ? cardBalance(self, card) : failure(INVALID_TOKEN),
      ),
    ],
    [
      'book_flight',
      method(
        ['access_token', 'card_id', 'travel_date', 'travel_from', 'travel_to', 'travel_class'],
        (self, accessToken, card, date, from, to, travelClass) =>
          token(self, accessToken)
            ? bookFlight(self, card, date, from, to, travelClass)
            : refusal('booking_status', INVALID_TOKEN),
      ),
    ],
    [
      'retrieve_invoice',
      method(
        ['access_token', ['booking_id', null], ['insurance_id', null]],
        (self, accessToken, booking) =>
          token(self, accessToken) ? invoice(self, booking) : failure(INVALID_TOKEN),
      ),
    ],
    ['list_all_airports', method([], () => [...AIRPORTS])],
    [
      'cancel_booking',
      method(['access_token', 'booking_id'], (self, accessToken, booking) =>
        token(self, accessToken)
          ? cancelBooking(self, booking)
          : refusal('cancel_status', INVALID_TOKEN),
      ),
    ],
    [
      'compute_exchange_rate',
      method(['base_currency', 'target_currency', 'value'], (_, base, target, value) =>
        exchange(profile, base, target, value),
      ),
    ],
    [
      'verify_traveler_information',
      method(['first_name', 'last_name', 'date_of_birth', 'passport_number'], verifyTraveler),
    ],
    [
      'set_budget_limit',
      method(['access_token', 'budget_limit'], (self, accessToken, limit) => {
        if (!token(self, accessToken)) return failure(INVALID_TOKEN);
        const budget = float(toFloat(limit));
        self.open.set('budget_limit', budget);
        return PyDict.of({ budget_limit: budget });
      }),
    ],
    [
      'get_nearest_airport_by_city',
      method(['location'], (_, location) => {
        hashKey(location);
        return PyDict.of({ nearest_airport: AIRPORT_OF_CITY.get(location as string) ?? 'Unknown' });
      }),
    ],
    [
      'purchase_insurance',
      profile === 'v3'
        ? method(
            // Documented with the cost before the booking, as v4 has it.
            ['access_token', 'insurance_type', 'booking_id', 'insurance_cost', 'card_id'],
            (self, accessToken, _type, booking, cost, card) =>
              token(self, accessToken)
                ? insure(self, cost, booking, card)
                : refusal('insurance_status', INVALID_TOKEN),
          )
        : method(
            ['access_token', 'insurance_type', 'insurance_cost', 'booking_id', 'card_id'],
            (self, accessToken, _type, cost, booking, card) =>
              token(self, accessToken)
                ? insure(self, cost, booking, card)
                : refusal('insurance_status', INVALID_TOKEN),
          ),
    ],
    [
      'contact_customer_support',
      method(['booking_id', 'message'], (self, booking) =>
        bookings(self).has(booking)
          ? PyDict.of({
              customer_support_message:
                'Thank you for contacting customer support. Your message has been received and we will get back to you shortly.',
            })
          : failure('Booking not found'),
      ),
    ],
    [
      'get_all_credit_cards',
      method([], (self) => PyDict.of({ credit_card_list: attribute(self, 'credit_card_list') })),
    ],
    ...(profile === 'v4' ? v4Only : []),
  ]);
}

const INVALID_TOKEN = 'Invalid access token';

/** Whether a call may go on. In v3 every wrong token counts the right one's time to live down. */
function tokenCheck(profile: WorldProfile): (self: Attributes, token: PyValue) => boolean {
  return (self, token) => {
    if (equals(attribute(self, 'access_token'), token)) return true;
    if (profile === 'v3') {
      const left = subtract(attribute(self, 'token_expires_in'), 1, '-=');
      self.open.set('token_expires_in', left);
    }
    return false;
  };
}

function refusal(status: string, message: string): PyDict {
  return PyDict.of({ [status]: false, error: message });
}

function cards(self: Attributes): PyDict {
  return attribute(self, 'credit_card_list') as PyDict;
}

function bookings(self: Attributes): PyDict {
  return attribute(self, 'booking_record') as PyDict;
}

function authenticate(self: Attributes, grant: PyValue, first: PyValue, last: PyValue): PyValue {
  self.open.set('token_expires_in', 2);
  const token = String(self.random!.randint(100000, 999999));
  self.open.set('access_token', token);
  self.open.set('token_type', 'Bearer');
  self.open.set('token_scope', grant);
  self.open.set('user_first_name', first);
  self.open.set('user_last_name', last);
  return PyDict.of({ expires_in: 2, access_token: token, token_type: 'Bearer', scope: grant });
}

function registerCard(
  self: Attributes,
  number: PyValue,
  expiration: PyValue,
  holder: PyValue,
  code: PyValue,
): PyValue {
  const id = String(self.random!.randint(100000000000, 999999999999));
  cards(self).set(
    id,
    PyDict.of({
      card_number: number,
      expiration_date: expiration,
      cardholder_name: holder,
      card_verification_number: code,
      balance: self.random!.randint(10000, 99999),
    }),
  );
  return PyDict.of({ card_id: id });
}

function flightCosts(
  self: Attributes,
  from: PyValue,
  to: PyValue,
  date: PyValue,
  travelClass: PyValue,
): PyValue[] {
  hashKey(from);
  hashKey(to);
  const base = BASE_FARES.get(`${str(from)}|${str(to)}`);
  if (base === undefined) throw valueError('No available route for the given airports.');
  hashKey(travelClass);
  const factor = CLASS_FACTORS.get(travelClass);
  if (factor === undefined) {
    throw valueError('Invalid travel class. Options are: economy, business, first.');
  }
  const scale = factor * dateFactor(date);
  const cost = float(base * scale);
  const key = [from, to, travelClass, date].map(str).join('|');
  (self.hidden.item('_flight_cost_lookup') as PyDict).set(key, PyDict.of({ cost }));
  if (!self.setting.longContext) return [cost];
  return (longValue('FLIGHT_FARES') as PyValue[]).map((fare) => multiply(fare, scale));
}

/** Days whose digits add up to an even number cost double. */
function dateFactor(date: PyValue): number {
  const total = iterate(date)
    .filter((character) => /^\p{Nd}$/u.test(stringWith('isdigit', character)))
    .reduce((sum: number, digit) => sum + Number(digit), 0);
  return total % 2 === 0 ? 2 : 1;
}

function cardBalance(self: Attributes, card: PyValue): PyValue {
  if (!cards(self).has(card)) {
    return failure(
      `Card not registered. Here are a list of card_id's: ${repr(cards(self).keys())}`,
    );
  }
  return PyDict.of({ card_balance: (cards(self).item(card) as PyDict).item('balance') });
}

function bookFlight(
  self: Attributes,
  card: PyValue,
  date: PyValue,
  from: PyValue,
  to: PyValue,
  travelClass: PyValue,
): PyValue {
  const refused = (message: string) => refusal('booking_status', message);
  if (!cards(self).has(card)) return refused('Card not registered');
  if (!(cards(self).item(card) as PyDict).has('balance')) return refused('Balance not found');
  for (const [code, what] of [
    [from, 'departure'],
    [to, 'destination'],
  ] as const) {
    if (!AIRPORTS.some((airport) => equals(airport, code))) {
      return refused(`Invalid ${what} airport code: ${str(code)}`);
    }
  }
  try {
    parseDay(date);
  } catch (error) {
    if (!(error instanceof PyError) || error.type !== 'ValueError') throw error;
    return refused('Invalid date format. Use YYYY-MM-DD.');
  }
  hashKey(travelClass);
  if (!CLASS_FACTORS.has(travelClass)) {
    return refused("Invalid travel class. Must be one of {'first', 'business', 'economy'}");
  }
  try {
    flightCosts(self, from, to, date, travelClass);
  } catch (error) {
    if (!(error instanceof PyError) || error.type !== 'ValueError') throw error;
    return refused('No available route for the given airports.');
  }
  const key = [from, to, travelClass, date].map(str).join('|');
  const cost = ((self.hidden.item('_flight_cost_lookup') as PyDict).item(key) as PyDict).item(
    'cost',
  );
  const wallet = cards(self).item(card) as PyDict;
  if (compare(wallet.item('balance'), '<', cost)) return refused('Insufficient funds');
  const limit = attribute(self, 'budget_limit');
  if (limit !== null && compare(wallet.item('balance'), '<', limit)) {
    return refused('Balance is less than budget limit');
  }
  wallet.set('balance', subtract(wallet.item('balance'), cost, '-='));
  const bookingId = String(self.random!.randint(1000000, 9999999));
  const transactionId = String(self.random!.randint(10000000, 99999999));
  bookings(self).set(
    bookingId,
    PyDict.of({
      card_id: card,
      travel_date: date,
      travel_from: from,
      travel_to: to,
      travel_class: travelClass,
      travel_cost: cost,
      transaction_id: transactionId,
    }),
  );
  return PyDict.of({
    booking_id: bookingId,
    transaction_id: transactionId,
    booking_status: true,
    booking_history: self.setting.longContext ? bookings(self) : new PyDict(),
  });
}

function invoice(self: Attributes, bookingId: PyValue): PyValue {
  if (!bookings(self).has(bookingId)) return failure('Booking not found');
  const booking = bookings(self).item(bookingId) as PyDict;
  const names = [
    'travel_date',
    'travel_from',
    'travel_to',
    'travel_class',
    'travel_cost',
    'transaction_id',
  ];
  const lines = PyDict.of({ booking_id: bookingId });
  for (const name of names) lines.set(name, booking.item(name));
  return PyDict.of({ invoice: lines });
}

function cancelBooking(self: Attributes, bookingId: PyValue): PyValue {
  if (!bookings(self).has(bookingId)) return refusal('cancel_status', 'Booking not found');
  const booking = bookings(self).item(bookingId) as PyDict;
  const card = booking.item('card_id');
  const cost = booking.item('travel_cost');
  const wallet = cards(self).item(card) as PyDict;
  wallet.set('balance', add(wallet.item('balance'), cost, '+='));
  bookings(self).delete(bookingId);
  return PyDict.of({ cancel_status: true });
}

function exchange(profile: WorldProfile, base: PyValue, target: PyValue, value: PyValue): PyValue {
  let exchanged: PyValue | undefined;
  if (base === 'USD' && PER_DOLLAR.has(target))
    exchanged = multiply(value, PER_DOLLAR.get(target)!);
  if (target === 'USD' && PER_DOLLAR.has(base)) exchanged = divide(value, PER_DOLLAR.get(base)!);
  if (exchanged === undefined) {
    throw valueError('No available exchange rate for the given currencies.');
  }
  const rounded = round(exchanged, 2);
  return PyDict.of({ exchanged_value: profile === 'v3' ? rounded : float(toFloat(rounded)) });
}

function verifyTraveler(
  self: Attributes,
  first: PyValue,
  last: PyValue,
  birth: PyValue,
  passport: PyValue,
): PyValue {
  const refused = (message: string) =>
    PyDict.of({ verification_status: false, verification_failure: message });
  const [ownFirst, ownLast] = [
    attribute(self, 'user_first_name'),
    attribute(self, 'user_last_name'),
  ];
  if (!equals(ownFirst, first) || !equals(ownLast, last)) {
    return refused(
      `Cannot book flight information for another user.Expected ${str(ownFirst)} ${str(ownLast)}, got ${str(first)} ${str(last)}`,
    );
  }
  let age: number;
  try {
    const { year, month, day } = parseDay(birth);
    const days = Math.floor((self.setting.now() - Date.UTC(year, month - 1, day)) / MS_A_DAY);
    age = Math.floor(days / DAYS_A_YEAR);
  } catch (error) {
    if (!(error instanceof PyError) || error.type !== 'ValueError') throw error;
    return refused('Invalid date of birth format. Please use YYYY-MM-DD.');
  }
  if (age < ADULT) return refused('Traveler must be at least 18 years old.');
  if (!stringWith('startswith', passport).startsWith('US')) {
    return refused('Passport must be issued by the United States.');
  }
  return PyDict.of({ verification_status: true });
}

function insure(self: Attributes, cost: PyValue, bookingId: PyValue, card: PyValue): PyValue {
  const refused = (message: string) => refusal('insurance_status', message);
  const limit = attribute(self, 'budget_limit');
  if (limit !== null && compare(limit, '<', cost)) return refused('Exceeded budget limit');
  if (!bookings(self).has(bookingId)) return refused('Booking not found');
  if (!cards(self).has(card)) return refused('Credit card not registered');
  const wallet = cards(self).item(card) as PyDict;
  if (compare(wallet.item('balance'), '<', cost)) return refused('Insufficient funds');
  wallet.set('balance', subtract(wallet.item('balance'), cost, '-='));
  const id = String(self.random!.randint(100000000, 999999999));
  return PyDict.of({ insurance_id: id, insurance_status: true });
}
