import type { ToolDefinition } from '../tool.ts';
import { integer, list, number, optional, text, tool } from './describe.ts';

const symbol = { symbol: text('Symbol of the stock.') };
const order = { order_id: integer('Id of the order.') };

/** A stock trading account. */
export const TRADING_TOOLS: readonly ToolDefinition[] = [
  tool('add_to_watchlist', 'Put a stock on the watch list.', {
    stock: text('Symbol of the stock.'),
  }),
  tool('cancel_order', 'Cancel an order.', order),
  tool('filter_stocks_by_price', 'Keep the stocks whose price lies in a range.', {
    stocks: list('string', 'Symbols to choose from.'),
    min_price: number('Lowest price.'),
    max_price: number('Highest price.'),
  }),
  tool('fund_account', 'Put money into the account.', { amount: number('How much.') }),
  tool('get_account_info', 'Show account id, balance and card.'),
  tool('get_available_stocks', 'List the stocks of a sector.', {
    sector: text('The sector, for example Technology.'),
  }),
  tool('get_current_time', 'Tell the time of the exchange.'),
  tool('get_order_details', 'Show an order.', order),
  tool('get_order_history', 'List the ids of all orders.'),
  tool('get_stock_info', 'Show price, volume and averages of a stock.', symbol),
  tool('get_symbol_by_name', 'Tell the symbol of a company.', {
    name: text('Name of the company.'),
  }),
  tool('get_transaction_history', 'List deposits and withdrawals.', {
    start_date: optional(text('First day, YYYY-MM-DD.')),
    end_date: optional(text('Last day, YYYY-MM-DD.')),
  }),
  tool('get_watchlist', 'Show the watch list.'),
  tool('make_transaction', 'Deposit money into an account or withdraw it.', {
    account_id: integer('Id of the account.'),
    xact_type: text('deposit or withdrawal.', ['deposit', 'withdrawal']),
    amount: number('How much.'),
  }),
  tool('notify_price_change', 'Tell which stocks moved by more than a share.', {
    stocks: list('string', 'Symbols to look at.'),
    threshold: number('Per cent.'),
  }),
  tool('place_order', 'Order shares.', {
    order_type: text('Buy or Sell.', ['Buy', 'Sell']),
    ...symbol,
    price: number('Price of a share.'),
    amount: integer('How many shares.'),
  }),
  tool('remove_stock_from_watchlist', 'Take a stock off the watch list.', symbol),
  tool('trading_get_login_status', 'Tell whether somebody is logged in to trading.'),
  tool('trading_login', 'Log in to trading.', {
    username: text('User name.'),
    password: text('Password.'),
  }),
  tool('trading_logout', 'Log out of trading.'),
  tool('update_market_status', 'Open or close the market by the time of day.', {
    current_time_str: text('The time, such as 10:30 AM.'),
  }),
  tool('update_stock_price', 'Set the price of a stock.', {
    ...symbol,
    new_price: number('The new price.'),
  }),
];
