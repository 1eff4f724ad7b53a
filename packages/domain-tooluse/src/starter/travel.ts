import { between, pick, type RandomStream, sample } from '@taskspace/core';
import {
  type Data,
  entriesOf,
  member,
  type Scene,
  type Step,
  StepFailed,
  type Walk,
} from './walk.ts';
import { PEOPLE, sentence } from './words.ts';

const CLASS = 'TravelAPI';
const CITIES = [
  'Rivermist',
  'Stonebrook',
  'Maplecrest',
  'Silverpine',
  'Oakendale',
  'San Francisco',
  'Los Angeles',
  'New York',
  'Chicago',
  'Boston',
];

function config(random: RandomStream): Data {
  const card = `card_${between(random, 100, 999)}`;
  return {
    credit_card_list: {
      [card]: {
        card_number: `${between(random, 4000, 4999)}-${between(random, 1000, 9999)}`,
        expiration_date: '08/2029',
        cardholder_name: pick(random, PEOPLE),
        card_verification_number: between(random, 100, 999),
        balance: between(random, 9000, 40000),
      },
    },
    booking_record: {},
    access_token: `tok${between(random, 10000, 99999)}`,
    token_type: 'Bearer',
    token_expires_in: 99,
    token_scope: 'read_write',
    user_first_name: pick(random, PEOPLE),
    user_last_name: 'Miller',
    budget_limit: null,
  };
}

function day(random: RandomStream): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `2026-${two(between(random, 1, 12))}-${two(between(random, 1, 28))}`;
}

/** Words that tell what a request needs, said in full each time: requests come in any order. */
function account(walk: Walk): { readonly token: string; readonly card: string } {
  const { access_token: token, credit_card_list: cards } = walk.state(CLASS);
  const [card] = entriesOf(cards!)[0] ?? [];
  if (token === null || card === undefined) throw new StepFailed('account');
  return { token: String(token), card: String(card) };
}

function airport(walk: Walk, city: string): string {
  const found = walk.call('get_nearest_airport_by_city', { location: city });
  return String(member(found, 'nearest_airport'));
}

const steps: readonly Step[] = [
  (walk) => {
    const [from, to] = sample(walk.random, 2, CITIES) as [string, string];
    const date = day(walk.random);
    const travelClass = pick(walk.random, ['economy', 'business', 'first']);
    walk.call('get_flight_cost', {
      travel_from: airport(walk, from),
      travel_to: airport(walk, to),
      travel_date: date,
      travel_class: travelClass,
    });
    return `What does a flight from ${from} to ${to} on ${date} cost in ${travelClass} class? Look up the airports first.`;
  },
  (walk) => {
    const { token, card } = account(walk);
    const [from, to] = sample(walk.random, 2, CITIES) as [string, string];
    const date = day(walk.random);
    walk.call('book_flight', {
      access_token: token,
      card_id: card,
      travel_date: date,
      travel_from: airport(walk, from),
      travel_to: airport(walk, to),
      travel_class: 'economy',
    });
    return `Find the airports of ${from} and ${to}, and book an economy flight from the first to the second on ${date}. Pay with card ${card}; my access token is ${token}.`;
  },
  (walk) => {
    const { token } = account(walk);
    const [booking] = entriesOf(member(walk.state(CLASS), 'booking_record')).at(-1) ?? [];
    if (booking === undefined) return null;
    walk.call('retrieve_invoice', { access_token: token, booking_id: booking });
    return `Show me the invoice of the flight I booked last. My access token is ${token}.`;
  },
  (walk) => {
    const { token } = account(walk);
    const [booking] = entriesOf(member(walk.state(CLASS), 'booking_record')).at(-1) ?? [];
    if (booking === undefined) return null;
    walk.call('cancel_booking', { access_token: token, booking_id: booking });
    return `Cancel the flight you booked last. The access token is ${token}.`;
  },
  (walk) => {
    const { token } = account(walk);
    const limit = between(walk.random, 5, 80) * 100;
    walk.call('set_budget_limit', { access_token: token, budget_limit: limit });
    return `Set my travel budget to ${limit} dollars, with the access token ${token}.`;
  },
  (walk) => {
    const value = between(walk.random, 2, 99) * 10;
    const currency = pick(walk.random, ['RMB', 'EUR', 'JPY', 'GBP', 'CAD']);
    walk.call('compute_exchange_rate', { base_currency: 'USD', target_currency: currency, value });
    return `How much are ${value} USD in ${currency}?`;
  },
  (walk) => {
    const { token } = account(walk);
    const cards = walk.call('get_all_credit_cards') as Data;
    const [card] = entriesOf(member(cards, 'credit_card_list'))[0] ?? [];
    walk.call('get_credit_card_balance', { access_token: token, card_id: String(card) });
    return `List my credit cards and tell me the balance of the first one. My access token is ${token}.`;
  },
  (walk) => {
    const [booking] = entriesOf(member(walk.state(CLASS), 'booking_record')).at(-1) ?? [];
    if (booking === undefined) return null;
    const message = sentence(walk.random);
    walk.call('contact_customer_support', { booking_id: booking, message });
    return `Write to customer support about my latest booking: ${message}`;
  },
];

/** Flights and cards. */
export const travelScene: Scene = { class: CLASS, config, steps };
