import type { ToolDefinition } from '../tool.ts';
import { integer, number, optional, text, tool } from './describe.ts';

const token = { access_token: text('Token from logging in.') };
const card = { card_id: text('Id of the credit card.') };
const booking = { booking_id: text('Id of the booking.') };
const journey = {
  travel_from: text('Airport code to leave from.'),
  travel_to: text('Airport code to fly to.'),
  travel_date: text('Day of travel, YYYY-MM-DD.'),
  travel_class: text('economy, business or first.', ['economy', 'business', 'first']),
};
const CURRENCIES = ['USD', 'RMB', 'EUR', 'JPY', 'GBP', 'CAD', 'AUD', 'INR', 'RUB', 'BRL', 'MXN'];

/** Flights, cards and insurance. */
export const TRAVEL_TOOLS: readonly ToolDefinition[] = [
  tool('authenticate_travel', 'Log in to travel; gives the access token.', {
    client_id: text('Id of the application.'),
    client_secret: text('Secret of the application.'),
    refresh_token: text('Refresh token.'),
    grant_type: text('What may be done.', ['read_write', 'read', 'write']),
    user_first_name: text('First name of the user.'),
    user_last_name: text('Last name of the user.'),
  }),
  tool('book_flight', 'Book a flight and pay by card.', {
    ...token,
    ...card,
    travel_date: journey.travel_date,
    travel_from: journey.travel_from,
    travel_to: journey.travel_to,
    travel_class: journey.travel_class,
  }),
  tool('cancel_booking', 'Cancel a booking.', { ...token, ...booking }),
  tool('compute_exchange_rate', 'Convert an amount of money.', {
    base_currency: text('Currency it is in.', CURRENCIES),
    target_currency: text('Currency wanted.', CURRENCIES),
    value: number('How much.'),
  }),
  tool('contact_customer_support', 'Write to customer support about a booking.', {
    ...booking,
    message: text('What to write.'),
  }),
  tool('get_all_credit_cards', 'Show all registered credit cards.'),
  tool('get_budget_fiscal_year', 'Tell the fiscal year of the budget.', {
    lastModifiedAfter: optional(text('Only years changed after this day.')),
    includeRemoved: optional(text('true to show removed years too.')),
  }),
  tool('get_credit_card_balance', 'Tell the balance of a card.', { ...token, ...card }),
  tool('get_flight_cost', 'Tell what a flight costs.', journey),
  tool('get_nearest_airport_by_city', 'Tell the code of the airport nearest to a city.', {
    location: text('The city.'),
  }),
  tool('list_all_airports', 'List the codes of all airports.'),
  tool('purchase_insurance', 'Insure a booking and pay by card.', {
    ...token,
    insurance_type: text('Kind of insurance.'),
    insurance_cost: number('What it costs.'),
    ...booking,
    ...card,
  }),
  tool('register_credit_card', 'Register a credit card; gives its id.', {
    ...token,
    card_number: text('Number of the card.'),
    expiration_date: text('MM/YYYY.'),
    cardholder_name: text('Name on the card.'),
    card_verification_number: integer('Verification number.'),
  }),
  tool('retrieve_invoice', 'Show the invoice of a booking or insurance.', {
    ...token,
    booking_id: optional(booking.booking_id),
    insurance_id: optional(text('Id of the insurance.')),
  }),
  tool('set_budget_limit', 'Set the travel budget.', {
    ...token,
    budget_limit: number('Limit in US dollars.'),
  }),
  tool('travel_get_login_status', 'Tell whether somebody is logged in to travel.'),
  tool('verify_traveler_information', 'Check the papers of a traveller.', {
    first_name: text('First name.'),
    last_name: text('Last name.'),
    date_of_birth: text('YYYY-MM-DD.'),
    passport_number: text('Number of the passport.'),
  }),
];
