import type { ToolDefinition } from '../tool.ts';
import { number, text, tool } from './describe.ts';
import { FILE_SYSTEM_TOOLS } from './file-system.ts';
import { MATH_TOOLS } from './math.ts';
import { MESSAGE_TOOLS } from './message.ts';
import { POSTING_TOOLS } from './posting.ts';
import { TICKET_TOOLS } from './ticket.ts';
import { TRADING_TOOLS } from './trading.ts';
import { TRAVEL_TOOLS } from './travel.ts';
import { VEHICLE_TOOLS } from './vehicle.ts';

/** Our own descriptions of the tools of each world class. */
const TOOLS: Readonly<Record<string, readonly ToolDefinition[]>> = {
  GorillaFileSystem: FILE_SYSTEM_TOOLS,
  MathAPI: MATH_TOOLS,
  MessageAPI: MESSAGE_TOOLS,
  TwitterAPI: POSTING_TOOLS,
  TicketAPI: TICKET_TOOLS,
  TradingBot: TRADING_TOOLS,
  TravelAPI: TRAVEL_TOOLS,
  VehicleControlAPI: VEHICLE_TOOLS,
};

const GONE_IN_V4 = ['make_transaction', 'update_market_status', 'update_stock_price'];

const NEW_IN_V4: Readonly<Record<string, readonly ToolDefinition[]>> = {
  TradingBot: [
    tool('withdraw_funds', 'Take money out of the account.', { amount: number('How much.') }),
  ],
  TravelAPI: [
    tool('get_booking_history', 'List all bookings.', {
      access_token: text('Token from logging in.'),
    }),
  ],
};

/** The tools of some classes, class by class; none for a class that does not exist. */
export function toolsOf(
  classes: readonly string[],
  profile: 'v3' | 'v4',
): readonly ToolDefinition[] {
  return classes.flatMap((name) => {
    const tools = (Object.hasOwn(TOOLS, name) && TOOLS[name]) || [];
    if (profile === 'v3') return tools;
    return [
      ...tools.filter((one) => !GONE_IN_V4.includes(one.name)),
      ...((Object.hasOwn(NEW_IN_V4, name) && NEW_IN_V4[name]) || []),
    ];
  });
}
