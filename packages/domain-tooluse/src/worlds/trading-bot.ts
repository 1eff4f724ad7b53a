/** `TradingBot`: an account, a stock list with a watch list, and orders. */
import { add, compare, divide, multiply, subtract } from '../python/arithmetic.ts';
import { typeError } from '../python/errors.ts';
import { fixed } from '../python/float-text.ts';
import { PyRandom } from '../python/random.ts';
import { contains, iterate, join, toFloat } from '../python/strings.ts';
import {
  formatTimestamp,
  parseClock,
  parseDay,
  parseTimestamp,
  startOfDay,
} from '../python/strptime.ts';
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
import { attribute, attributeOrDefault, seedOf, withIntKeys } from './attributes.ts';
import { aboutStock, longValue } from './long-context.ts';

const SEED = 1053520;
/** The trading world's clock stands still at 2024-09-01 10:30. */
const NOW = Date.UTC(2024, 8, 1, 10, 30) / 1000;
const SECONDS_A_DAY = 86_400;
const OPENING = 9 * 60 + 30;
const CLOSING = 16 * 60;

const SECTORS: ReadonlyMap<PyValue, readonly string[]> = new Map<PyValue, readonly string[]>([
  ['Technology', ['AAPL', 'GOOG', 'MSFT', 'NVDA']],
  ['Automobile', ['TSLA', 'F', 'GM']],
]);

const SYMBOLS: ReadonlyMap<PyValue, string> = new Map<PyValue, string>([
  ['Apple', 'AAPL'],
  ['Google', 'GOOG'],
  ['Tesla', 'TSLA'],
  ['Microsoft', 'MSFT'],
  ['Nvidia', 'NVDA'],
  ['Zeta Corp', 'ZETA'],
  ['Alpha Tech', 'ALPH'],
  ['Omega Industries', 'OMEG'],
  ['Quasar Ltd.', 'QUAS'],
  ['Neptune Systems', 'NEPT'],
  ['Synex Solutions', 'SYNX'],
  ['Amazon', 'AMZN'],
]);

/** Symbol, price, percent change, volume, five-day and twenty-day average. */
const STOCKS: readonly (readonly [string, number, number, number, number, number])[] = [
  ['AAPL', 227.16, 0.17, 2.552, 227.11, 227.09],
  ['GOOG', 2840.34, 0.24, 1.123, 2835.67, 2842.15],
  ['TSLA', 667.92, -0.12, 1.654, 671.15, 668.2],
  ['MSFT', 310.23, 0.09, 3.234, 309.88, 310.11],
  ['NVDA', 220.34, 0.34, 1.234, 220.45, 220.67],
  ['ALPH', 1320.45, -0.08, 1.567, 1321.12, 1325.78],
  ['OMEG', 457.23, 0.12, 2.345, 456.78, 458.12],
  ['QUAS', 725.89, -0.03, 1.789, 726.45, 728],
  ['NEPT', 88.34, 0.19, 0.654, 88.21, 88.67],
  ['SYNX', 345.67, 0.11, 2.112, 345.34, 346.12],
  ['ZETA', 22.09, -0.05, 0.789, 22.12, 22.34],
];

const METHODS: Readonly<Record<WorldProfile, ReadonlyMap<string, Method<Attributes>>>> = {
  v3: methods('v3'),
  v4: methods('v4'),
};

/** The class `TradingBot`. */
export const TRADING_BOT = attributeClass('TradingBot', (profile) => METHODS[profile], load);

function load(config: PyDict, setting: Setting): Attributes {
  const open = attributeOrDefault(config, {
    orders: defaultOrders(),
    account_info: PyDict.of({
      account_id: 12345,
      balance: float(10000),
      binding_card: 1974202140965533,
    }),
    authenticated: false,
    market_status: 'Closed',
    order_counter: 12446,
    stocks: defaultStocks(),
    watch_list: ['NVDA'],
    transaction_history: [],
  });
  open.set('orders', withIntKeys(open.item('orders')));
  open.set('long_context', setting.longContext);
  return { setting, open, hidden: new PyDict(), random: new PyRandom(seedOf(config, SEED)) };
}

function defaultOrders(): PyDict {
  return PyDict.from([
    [12345, order(12345, 'Buy', 'AAPL', float(210.65), 10, 'Completed')],
    [12446, order(12446, 'Sell', 'GOOG', float(2840.56), 5, 'Pending')],
  ]);
}

function defaultStocks(): PyDict {
  return PyDict.from(
    STOCKS.map(([symbol, price, change, volume, ma5, ma20]): [PyValue, PyValue] => [
      symbol,
      PyDict.of({
        price: float(price),
        percent_change: float(change),
        volume: float(volume),
        'MA(5)': float(ma5),
        'MA(20)': float(ma20),
      }),
    ]),
  );
}

function order(
  id: PyValue,
  type: PyValue,
  symbol: PyValue,
  price: PyValue,
  amount: PyValue,
  status: string,
): PyDict {
  return PyDict.of({ id, order_type: type, symbol, price, amount, status });
}

function methods(profile: WorldProfile): ReadonlyMap<string, Method<Attributes>> {
  const v3Only: [string, Method<Attributes>][] = [
    ['update_market_status', method(['current_time_str'], updateMarketStatus)],
    ['make_transaction', method(['account_id', 'xact_type', 'amount'], makeTransaction)],
    ['update_stock_price', method(['symbol', 'new_price'], updateStockPrice)],
  ];
  const v4Only: [string, Method<Attributes>][] = [
    ['withdraw_funds', method(['amount'], (self, amount) => withdrawFunds(self, amount))],
  ];
  return new Map<string, Method<Attributes>>([
    ['get_current_time', method([], () => PyDict.of({ current_time: '10:30 AM' }))],
    [
      'get_symbol_by_name',
      method(['name'], (_, name) => {
        hashKey(name);
        return PyDict.of({ symbol: SYMBOLS.get(name) ?? 'Stock not found' });
      }),
    ],
    ['get_stock_info', method(['symbol'], stockInfo)],
    ['get_order_details', method(['order_id'], orderDetails)],
    ['cancel_order', method(['order_id'], cancelOrder)],
    [
      'place_order',
      method(['order_type', 'symbol', 'price', 'amount'], (self, type, symbol, price, amount) =>
        placeOrder(self, profile, type, symbol, price, amount),
      ),
    ],
    [
      'get_account_info',
      method([], (self) =>
        signedIn(self)
          ? attribute(self, 'account_info')
          : failure('User not authenticated. Please log in to view account information.'),
      ),
    ],
    [
      'trading_login',
      method(['username', 'password'], (self) => {
        if (signedIn(self)) return PyDict.of({ status: 'Already logged in' });
        self.open.set('authenticated', true);
        return PyDict.of({ status: 'Logged in successfully' });
      }),
    ],
    [
      'trading_get_login_status',
      method([], (self) => PyDict.of({ status: truthy(attribute(self, 'authenticated')) })),
    ],
    [
      'trading_logout',
      method([], (self) => {
        if (!signedIn(self)) return PyDict.of({ status: 'No user is currently logged in' });
        self.open.set('authenticated', false);
        return PyDict.of({ status: 'Logged out successfully' });
      }),
    ],
    ['fund_account', method(['amount'], fundAccount)],
    ['remove_stock_from_watchlist', method(['symbol'], unwatch)],
    ['get_watchlist', method([], watchlist)],
    [
      'get_order_history',
      method([], (self) =>
        signedIn(self)
          ? PyDict.of({ history: iterate(attribute(self, 'orders')) })
          : [failure('User not authenticated. Please log in to view order history.')],
      ),
    ],
    [
      'get_transaction_history',
      method(
        [
          ['start_date', null],
          ['end_date', null],
        ],
        transactionHistory,
      ),
    ],
    ['get_available_stocks', method(['sector'], availableStocks)],
    ['filter_stocks_by_price', method(['stocks', 'min_price', 'max_price'], filterByPrice)],
    ['add_to_watchlist', method(['stock'], (self, stock) => watch(self, profile, stock))],
    ['notify_price_change', method(['stocks', 'threshold'], notifyPriceChange)],
    ...(profile === 'v3' ? v3Only : v4Only),
  ]);
}

function signedIn(self: Attributes): boolean {
  return truthy(attribute(self, 'authenticated'));
}

function stocks(self: Attributes): PyDict {
  return attribute(self, 'stocks') as PyDict;
}

function orders(self: Attributes): PyDict {
  return attribute(self, 'orders') as PyDict;
}

function account(self: Attributes): PyDict {
  return attribute(self, 'account_info') as PyDict;
}

function updateMarketStatus(self: Attributes, time: PyValue): PyValue {
  const minutes = parseClock(time);
  const status = minutes >= OPENING && minutes <= CLOSING ? 'Open' : 'Closed';
  self.open.set('market_status', status);
  return PyDict.of({ status });
}

function stockInfo(self: Attributes, symbol: PyValue): PyValue {
  const stock = stocks(self).get(symbol);
  if (stock === undefined) return failure(`Stock with symbol '${str(symbol)}' not found.`);
  if (!self.setting.longContext) return stock;
  const long = PyDict.from((stock as PyDict).entries());
  long.set('MA(5)', longValue('MA_5_EXTENSION'));
  long.set('MA(20)', longValue('MA_20_EXTENSION'));
  return long;
}

function orderDetails(self: Attributes, id: PyValue): PyValue {
  const found = orders(self).get(id);
  if (found === undefined) {
    return failure(
      `Order with ID ${str(id)} not found.Here is the list of orders_id: ${repr(orders(self).keys())}`,
    );
  }
  if (!self.setting.longContext || !(found instanceof PyDict)) return found;
  const long = PyDict.from(found.entries());
  long.set('metadata', aboutStock(str(found.item('symbol'))));
  return long;
}

function cancelOrder(self: Attributes, id: PyValue): PyValue {
  const found = orders(self).get(id);
  if (found === undefined) return failure(`Order with ID ${str(id)} not found.`);
  if (!(found instanceof PyDict)) throw typeError("string indices must be integers, not 'str'");
  if (equals(found.item('status'), 'Completed')) {
    return failure(`Can't cancel order ${str(id)}. Order is already completed.`);
  }
  found.set('status', 'Cancelled');
  return PyDict.of({ order_id: id, status: 'Cancelled' });
}

function placeOrder(
  self: Attributes,
  profile: WorldProfile,
  type: PyValue,
  symbol: PyValue,
  price: PyValue,
  amount: PyValue,
): PyValue {
  if (!signedIn(self)) return failure('User not authenticated. Please log in to place an order.');
  if (!stocks(self).has(symbol)) return failure(`Invalid stock symbol: ${str(symbol)}`);
  if (compare(price, '<=', 0) || compare(amount, '<=', 0)) {
    return failure('Price and amount must be positive values.');
  }
  if (profile === 'v4' && equals(type, 'Buy')) {
    const cost = multiply(price, amount);
    const balance = account(self).item('balance');
    if (compare(cost, '>', balance)) {
      return failure(
        `Insufficient funds: required $${fixed(toFloat(cost), 2)} but only $${fixed(toFloat(balance), 2)} available.`,
      );
    }
  }
  const paid = float(toFloat(price));
  const id = attribute(self, 'order_counter');
  orders(self).set(id, order(id, type, symbol, paid, amount, 'Open'));
  self.open.set('order_counter', add(id, 1, '+='));
  return PyDict.of({ order_id: id, order_type: type, status: 'Pending', price: paid, amount });
}

function makeTransaction(
  self: Attributes,
  accountId: PyValue,
  type: PyValue,
  amount: PyValue,
): PyValue {
  if (!signedIn(self))
    return failure('User not authenticated. Please log in to make a transaction.');
  if (!equals(attribute(self, 'market_status'), 'Open')) return marketClosed();
  if (!equals(account(self).item('account_id'), accountId)) {
    return failure(`Account with ID ${str(accountId)} not found.`);
  }
  if (compare(amount, '<=', 0)) return failure('Transaction amount must be positive.');
  if (equals(type, 'deposit')) {
    return moved(
      self,
      'deposit',
      'Deposit successful',
      add(account(self).item('balance'), amount, '+='),
      amount,
    );
  }
  if (equals(type, 'withdrawal')) return withdrawn(self, amount);
  return failure("Invalid transaction type. Use 'deposit' or 'withdrawal'.");
}

function withdrawFunds(self: Attributes, amount: PyValue): PyValue {
  if (!signedIn(self))
    return failure('User not authenticated. Please log in to make a transaction.');
  if (!equals(attribute(self, 'market_status'), 'Open')) return marketClosed();
  if (compare(amount, '<=', 0)) return failure('Transaction amount must be positive.');
  return withdrawn(self, amount);
}

function marketClosed(): PyDict {
  return failure('Market is closed. Transactions are not allowed.');
}

function withdrawn(self: Attributes, amount: PyValue): PyValue {
  const balance = account(self).item('balance');
  if (compare(amount, '>', balance)) return failure('Insufficient funds for withdrawal.');
  return moved(
    self,
    'withdrawal',
    'Withdrawal successful',
    subtract(balance, amount, '-='),
    amount,
  );
}

function fundAccount(self: Attributes, amount: PyValue): PyValue {
  if (!signedIn(self)) return failure('User not authenticated. Please log in to fund the account.');
  if (compare(amount, '<=', 0)) return failure('Funding amount must be positive.');
  const balance = add(account(self).item('balance'), amount, '+=');
  return moved(self, 'deposit', 'Account funded successfully', balance, amount);
}

/** Sets the balance and writes the transaction down, at a random time of the day from now. */
function moved(
  self: Attributes,
  type: string,
  status: string,
  balance: PyValue,
  amount: PyValue,
): PyValue {
  account(self).set('balance', balance);
  const timestamp = formatTimestamp(NOW + self.random!.randint(0, SECONDS_A_DAY));
  (attribute(self, 'transaction_history') as PyValue[]).push(
    PyDict.of({ type, amount, timestamp }),
  );
  return PyDict.of({ status, new_balance: balance });
}

function updateStockPrice(self: Attributes, symbol: PyValue, price: PyValue): PyValue {
  const stock = stocks(self).get(symbol);
  if (stock === undefined) return failure(`Stock with symbol '${str(symbol)}' not found.`);
  if (compare(price, '<=', 0)) return failure('New price must be a positive value.');
  const old = (stock as PyDict).item('price');
  (stock as PyDict).set('price', price);
  (stock as PyDict).set('percent_change', multiply(divide(subtract(price, old), old), 100));
  return PyDict.of({ symbol, old_price: old, new_price: price });
}

function unwatch(self: Attributes, symbol: PyValue): PyValue {
  if (!signedIn(self))
    return failure('User not authenticated. Please log in to modify the watchlist.');
  const list = attribute(self, 'watch_list') as PyValue[];
  if (!contains(list, symbol)) return failure(`Stock ${str(symbol)} not found in watchlist.`);
  list.splice(
    list.findIndex((item) => equals(item, symbol)),
    1,
  );
  return PyDict.of({ status: `Stock ${str(symbol)} removed from watchlist successfully.` });
}

function watchlist(self: Attributes): PyValue {
  if (!signedIn(self))
    return ['Error: User not authenticated. Please log in to view the watchlist.'];
  const list = attribute(self, 'watch_list');
  if (!self.setting.longContext) return PyDict.of({ watchlist: list });
  return [...iterate(list), ...(longValue('WATCH_LIST_EXTENSION') as PyValue[])];
}

function watch(self: Attributes, profile: WorldProfile, stock: PyValue): PyValue {
  const list = attribute(self, 'watch_list') as PyValue[];
  if (!contains(list, stock) && stocks(self).has(stock)) list.push(stock);
  return PyDict.of({ [profile === 'v3' ? 'symbol' : 'watchlist']: list });
}

function transactionHistory(self: Attributes, start: PyValue, end: PyValue): PyValue {
  if (!signedIn(self)) {
    return [failure('User not authenticated. Please log in to view transaction history.')];
  }
  const from = truthy(start) ? startOfDay(parseDay(start)) : Number.NEGATIVE_INFINITY;
  const to = truthy(end) ? startOfDay(parseDay(end)) : Number.POSITIVE_INFINITY;
  const inside = iterate(attribute(self, 'transaction_history')).filter((transaction) => {
    const time = parseTimestamp((transaction as PyDict).item('timestamp'));
    return from <= time && time <= to;
  });
  if (self.setting.longContext) {
    inside.push(...(longValue('TRANSACTION_HISTORY_EXTENSION') as PyValue[]));
  }
  return PyDict.of({ transaction_history: inside });
}

function availableStocks(self: Attributes, sector: PyValue): PyValue {
  hashKey(sector);
  const list: PyValue[] = [...(SECTORS.get(sector) ?? [])];
  if (self.setting.longContext && (sector === 'Technology' || sector === 'Automobile')) {
    list.push(...(longValue(`${sector.toUpperCase()}_EXTENSION`) as PyValue[]));
  }
  return PyDict.of({ stock_list: list });
}

function filterByPrice(self: Attributes, names: PyValue, low: PyValue, high: PyValue): PyValue {
  const inside = iterate(names).filter((name) => {
    const stock = stocks(self).get(name);
    const price = stock === undefined ? 0 : ((stock as PyDict).get('price') ?? 0);
    return compare(price, '>=', low) && compare(price, '<=', high);
  });
  return PyDict.of({ filtered_stocks: inside });
}

function notifyPriceChange(self: Attributes, names: PyValue, threshold: PyValue): PyValue {
  const changed = iterate(names).filter((name) => {
    const stock = stocks(self).get(name);
    if (stock === undefined) return false;
    const change = (stock as PyDict).item('percent_change');
    const size = compare(change, '<', 0) ? multiply(change, -1) : change;
    return compare(size, '>=', threshold);
  });
  const notification =
    changed.length > 0
      ? `Stocks ${join(', ', changed)} have significant price changes.`
      : 'No significant price changes in the selected stocks.';
  return PyDict.of({ notification });
}
