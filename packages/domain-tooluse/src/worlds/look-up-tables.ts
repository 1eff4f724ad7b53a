/**
 * Look-up tables of the travel and vehicle worlds, built from the recordings' exhaustive `tables.jsonl`
 * (Apache-2.0, see NOTICE): airports, base fares, zip codes and distances.
 */

/** All airports, in the order `list_all_airports` gives. */
export const AIRPORTS = [
  'RMS',
  'SBK',
  'MPC',
  'SVP',
  'SHD',
  'CDG',
  'LHR',
  'SSV',
  'OKD',
  'WLB',
  'PEK',
  'HND',
  'HKG',
  'CIA',
  'CRH',
  'ATV',
  'PHV',
  'GFD',
  'SFO',
  'LAX',
  'JFK',
  'ORD',
  'BOS',
] as const;

/** The airport of each city that has one. */
export const AIRPORT_OF_CITY: ReadonlyMap<string, string> = new Map([
  ['Rivermist', 'RMS'],
  ['Stonebrook', 'SBK'],
  ['Maplecrest', 'MPC'],
  ['Silverpine', 'SVP'],
  ['Shadowridge', 'SHD'],
  ['London', 'LHR'],
  ['Paris', 'CDG'],
  ['Sunset Valley', 'SSV'],
  ['Oakendale', 'OKD'],
  ['Willowbend', 'WLB'],
  ['Crescent Hollow', 'CRH'],
  ['Autumnville', 'ATV'],
  ['Pinehaven', 'PHV'],
  ['Greenfield', 'GFD'],
  ['San Francisco', 'SFO'],
  ['Los Angeles', 'LAX'],
  ['New York', 'JFK'],
  ['Chicago', 'ORD'],
  ['Boston', 'BOS'],
  ['Beijing', 'PEK'],
  ['Hong Kong', 'HKG'],
  ['Rome', 'CIA'],
  ['Tokyo', 'HND'],
]);

/** Base fares, "from to fare" by origin: one way, economy, on a day whose digits add up to an odd number. */
const FARES: readonly string[] = [
  'RMS SBK:220 MPC:230 SVP:240 SHD:250 SSV:260 OKD:270 WLB:280 CRH:290 ATV:300 PHV:310 GFD:320 LAX:330 JFK:210 BOS:200',
  'SBK MPC:200 SVP:210 SHD:220 SSV:230 OKD:240 WLB:250 CRH:260 ATV:270 PHV:280 GFD:290',
  'MPC SVP:210 SHD:220 SSV:230 OKD:240 WLB:250 CRH:260 ATV:270 PHV:280 GFD:290',
  'SVP SHD:230 SSV:240 OKD:250 WLB:260 CRH:270 ATV:280 PHV:290 GFD:300',
  'SHD SSV:220 OKD:230 WLB:240 CRH:250 ATV:260 PHV:270 GFD:280',
  'LHR CDG:100',
  'SSV OKD:240 WLB:250 CRH:260 ATV:270 PHV:280 GFD:290',
  'OKD WLB:230 CRH:240 ATV:250 PHV:260 GFD:270 LAX:220',
  'WLB CRH:250 ATV:260 PHV:270 GFD:280',
  'CRH RMS:280 HKG:290 ATV:240 PHV:250 GFD:260 SFO:270 JFK:300',
  'ATV PHV:230 GFD:240',
  'PHV GFD:220',
  'SFO RMS:300 SBK:350 MPC:370 SVP:320 SHD:330 SSV:340 OKD:360 WLB:310 CIA:700 CRH:380 ATV:390 PHV:420 GFD:430 LAX:200 JFK:500 ORD:400 BOS:450',
  'LAX RMS:310 SBK:320 MPC:330 SVP:340 SHD:350 SSV:360 OKD:370 WLB:380 HND:430 CRH:390 ATV:400 PHV:410 GFD:420 SFO:100 JFK:600 ORD:500 BOS:550',
  'JFK RMS:450 SBK:460 MPC:470 SVP:480 SHD:490 SSV:500 OKD:510 WLB:520 PEK:1000 HND:800 CRH:530 ATV:540 PHV:550 GFD:560 LAX:570 ORD:300 BOS:250',
  'ORD RMS:350 SBK:360 MPC:370 SVP:380 SHD:390 SSV:400 OKD:410 WLB:420 CRH:430 ATV:440 PHV:450 GFD:460 LAX:180 BOS:200',
  'BOS RMS:400 SBK:410 MPC:420 SVP:430 SHD:440 SSV:450 OKD:460 WLB:470 CRH:480 ATV:490 PHV:500 GFD:510',
];

/** Base fare by "from|to"; a pair that is missing has no route. */
export const BASE_FARES: ReadonlyMap<string, number> = new Map(
  FARES.flatMap((line) => {
    const [from, ...fares] = line.split(' ');
    return fares.map((fare): [string, number] => {
      const [to, price] = fare.split(':');
      return [`${from}|${to}`, Number(price)];
    });
  }),
);

/** Zip codes of the cities that have one. */
export const ZIP_CODES: ReadonlyMap<string, string> = new Map([
  ['Rivermist', '83214'],
  ['Stonebrook', '74532'],
  ['Maplecrest', '56108'],
  ['Silverpine', '62947'],
  ['Shadowridge', '71354'],
  ['Sunset Valley', '83462'],
  ['Oakendale', '47329'],
  ['Willowbend', '52013'],
  ['Crescent Hollow', '69238'],
  ['Autumnville', '51479'],
  ['San Francisco', '94016'],
]);

/** Miles between two zip codes; each pair is stored once. */
const PAIRS: readonly (readonly [string, string, number])[] = [
  ['83214', '74532', 750],
  ['83214', '94016', 980],
  ['74532', '94016', 880],
  ['56108', '62947', 320],
  ['62947', '47329', 1053],
  ['62947', '94016', 780],
  ['71354', '83462', 450],
  ['47329', '52013', 290],
  ['69238', '51479', 630],
  ['94016', '94704', 600],
  ['94016', '08540', 1950],
  ['94704', '08540', 2550],
];

/** Miles by "zip|zip", both ways. */
export const DISTANCES: ReadonlyMap<string, number> = new Map(
  PAIRS.flatMap(([a, b, miles]): [string, number][] => [
    [`${a}|${b}`, miles],
    [`${b}|${a}`, miles],
  ]),
);
