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
import { TOPICS } from './words.ts';

const CLASS = 'TradingBot';
const COMPANIES: readonly (readonly [string, string])[] = [
  ['Apple', 'AAPL'],
  ['Google', 'GOOG'],
  ['Tesla', 'TSLA'],
  ['Microsoft', 'MSFT'],
  ['Nvidia', 'NVDA'],
];

function config(random: RandomStream): Data {
  return {
    account_info: {
      account_id: between(random, 10000, 99999),
      balance: between(random, 2000, 90000) + 0.5,
      binding_card: 1974202140965533,
    },
    authenticated: random.integer(3) > 0,
    market_status: 'Open',
    order_counter: between(random, 200, 900),
    orders: {},
    watch_list: sample(random, 2, ['ALPH', 'OMEG', 'QUAS', 'NEPT', 'SYNX', 'ZETA']),
  };
}

function signedIn(walk: Walk): Data {
  const state = walk.state(CLASS);
  if (state.authenticated !== true) throw new StepFailed('login');
  return state;
}

const steps: readonly Step[] = [
  (walk) => {
    if (walk.state(CLASS).authenticated === true) return null;
    const username = `${pick(walk.random, TOPICS)}_trader`;
    const password = `pw${between(walk.random, 1000, 9999)}`;
    walk.call('trading_login', { username, password });
    return `Log in to my trading account, user name ${username}, password ${password}.`;
  },
  (walk) => {
    signedIn(walk);
    const [name] = pick(walk.random, COMPANIES);
    const symbol = String(member(walk.call('get_symbol_by_name', { name }), 'symbol'));
    walk.call('add_to_watchlist', { stock: symbol });
    return pick(walk.random, [
      `Find the symbol of ${name} and put it on my watch list.`,
      `I want to keep an eye on ${name}: look up its symbol and add it to the watch list.`,
    ]);
  },
  (walk) => {
    signedIn(walk);
    const [, symbol] = pick(walk.random, COMPANIES);
    const amount = between(walk.random, 1, 9);
    const price = Number(member(walk.call('get_stock_info', { symbol }), 'price'));
    walk.call('place_order', { order_type: 'Buy', symbol, price, amount });
    return `Check the price of ${symbol} and place an order to buy ${amount} shares at that price. Use Buy as the order type.`;
  },
  (walk) => {
    const orders = entriesOf(member(signedIn(walk), 'orders')).map(([, order]) => order as Data);
    const pending = orders.filter(({ status }) => status === 'Pending' || status === 'Open');
    if (pending.length === 0) return null;
    const { id } = pick(walk.random, pending);
    walk.call('get_order_details', { order_id: id! });
    walk.call('cancel_order', { order_id: id! });
    return `Show me the details of order ${id}, then cancel it.`;
  },
  (walk) => {
    signedIn(walk);
    const amount = between(walk.random, 1, 40) * 50;
    walk.call('fund_account', { amount });
    walk.call('get_account_info');
    return `Put ${amount} dollars into my trading account and then show me the account information.`;
  },
  (walk) => {
    const list = member(signedIn(walk), 'watch_list') as string[];
    if (list.length === 0) return null;
    const symbol = pick(walk.random, list);
    walk.call('get_watchlist');
    walk.call('remove_stock_from_watchlist', { symbol });
    return `Show me my watch list and take ${symbol} off it.`;
  },
  (walk) => {
    signedIn(walk);
    const sector = pick(walk.random, ['Technology', 'Automobile']);
    walk.call('get_available_stocks', { sector });
    return `Which stocks are there in the ${sector} sector?`;
  },
  (walk) => {
    signedIn(walk);
    const id = Number(member(walk.call('get_account_info'), 'account_id'));
    const amount = between(walk.random, 1, 30) * 10;
    walk.call('make_transaction', { account_id: id, xact_type: 'withdrawal', amount });
    return `Look up my account id, and withdraw ${amount} dollars from that account (a withdrawal transaction).`;
  },
];

/** A stock trading account. */
export const tradingScene: Scene = { class: CLASS, config, steps };
