/** A file of the benchmark: where it is kept here, where it comes from, and what it must be. */
export interface BfclFile {
  /** Path inside the local folder. */
  readonly path: string;
  readonly commit: string;
  /** Path inside the repository. */
  readonly source: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** What is done with the text before it is kept; left out, nothing. */
  readonly convert?: 'python-constants';
}

/** The repository of the Berkeley Function Calling Leaderboard. */
export const BFCL_REPOSITORY = 'ShishirPatil/gorilla';

// The last commit before version 4 of the benchmark, and the one with version 4's corrected multi-turn tasks.
const V3 = 'cd9429ccf3d4d04156affe883c495b3b047e6b64';
const V4 = '6ea57973c7a6097fd7c5915698c54c17c5b1b6c8';
const DATA = 'berkeley-function-call-leaderboard/bfcl_eval/data';
const CODE =
  'berkeley-function-call-leaderboard/bfcl_eval/eval_checker/multi_turn_eval/func_source_code';

/** Every file of the data set. */
export const BFCL_FILES: readonly BfclFile[] = [
  {
    path: 'LICENSE',
    commit: V3,
    source: 'LICENSE',
    sizeBytes: 11357,
    sha256: 'c71d239df91726fc519c6eb72d318ec65820627232b2f796219e87dcf35d0ab4',
  },
  {
    path: 'multi_turn_base.jsonl',
    commit: V3,
    source: `${DATA}/BFCL_v3_multi_turn_base.json`,
    sizeBytes: 392113,
    sha256: 'fe5c442849bdb2c2cdedc91f377411ff7fc6cd11af299766f4554d71d3d40f98',
  },
  {
    path: 'ground_truth.jsonl',
    commit: V3,
    source: `${DATA}/possible_answer/BFCL_v3_multi_turn_base.json`,
    sizeBytes: 79678,
    sha256: '6ea6bf48a2fc6067b57a289d314e7dc0582b12e22be53c8f7681599fba84a028',
  },
  {
    path: 'func-docs/GorillaFileSystem.jsonl',
    commit: V3,
    source: `${DATA}/multi_turn_func_doc/gorilla_file_system.json`,
    sizeBytes: 13951,
    sha256: '26c01bed25bf7affbc8d281cc8124ccdc220a64c374ac4a7a9181dea0a0468ee',
  },
  {
    path: 'func-docs/MathAPI.jsonl',
    commit: V3,
    source: `${DATA}/multi_turn_func_doc/math_api.json`,
    sizeBytes: 9158,
    sha256: '83fa31708c89442bdcf12ac4dfbe3be8663ec9183a1b1524a9fda98164bc7e0b',
  },
  {
    path: 'func-docs/MessageAPI.jsonl',
    commit: V3,
    source: `${DATA}/multi_turn_func_doc/message_api.json`,
    sizeBytes: 6097,
    sha256: '2855068a0e77c4f1861fb2c1aa581590af85eb4b56994c6ebf79e30afb83be24',
  },
  {
    path: 'func-docs/TwitterAPI.jsonl',
    commit: V3,
    source: `${DATA}/multi_turn_func_doc/posting_api.json`,
    sizeBytes: 10573,
    sha256: '87f9fc404a06e4107d7c366f1399c596440e84c16cb119faf374b2f532d86e8b',
  },
  {
    path: 'func-docs/TicketAPI.jsonl',
    commit: V3,
    source: `${DATA}/multi_turn_func_doc/ticket_api.json`,
    sizeBytes: 6577,
    sha256: '1d78a0bbc15ca2dca3a2228be690b8b929783b2715175cd05b80ee2106581897',
  },
  {
    path: 'func-docs/TradingBot.jsonl',
    commit: V3,
    source: `${DATA}/multi_turn_func_doc/trading_bot.json`,
    sizeBytes: 14075,
    sha256: 'c04b85e9ea0795a0fea1e1c3608795aa720edde52539b2e71897aa207976a25f',
  },
  {
    path: 'func-docs/TravelAPI.jsonl',
    commit: V3,
    source: `${DATA}/multi_turn_func_doc/travel_booking.json`,
    sizeBytes: 15840,
    sha256: '364ca923e25d17b26cb419367f2fd38c9706b440483c14ec3c6b567e21c48ab2',
  },
  {
    path: 'func-docs/VehicleControlAPI.jsonl',
    commit: V3,
    source: `${DATA}/multi_turn_func_doc/vehicle_control.json`,
    sizeBytes: 17545,
    sha256: 'a0366b59ad6eabb10410eadf95aa5991262ad0bbc3f560ebba45d7fc3e4f2808',
  },
  {
    path: 'variants/multi_turn_miss_func.jsonl',
    commit: V3,
    source: `${DATA}/BFCL_v3_multi_turn_miss_func.json`,
    sizeBytes: 402853,
    sha256: '4a3a862f3e897d121ad94aa2c3f29ea752b7f7ac4eac6a23c8d502d1143e3492',
  },
  {
    path: 'variants/miss_func_ground_truth.jsonl',
    commit: V3,
    source: `${DATA}/possible_answer/BFCL_v3_multi_turn_miss_func.json`,
    sizeBytes: 81334,
    sha256: 'e47b7f29224e43b8991ef6f5e6e01a936a4dccad17d1484610e6a33f27998b34',
  },
  {
    path: 'variants/multi_turn_miss_param.jsonl',
    commit: V3,
    source: `${DATA}/BFCL_v3_multi_turn_miss_param.json`,
    sizeBytes: 404354,
    sha256: '25509d5c441017c51de784e7670647dbec11a22fe0640990b0dafabf32e8c8d1',
  },
  {
    path: 'variants/miss_param_ground_truth.jsonl',
    commit: V3,
    source: `${DATA}/possible_answer/BFCL_v3_multi_turn_miss_param.json`,
    sizeBytes: 81558,
    sha256: '585d97fd579965a14b63d09882a680bcfbd1826ccf3e3a5de6fa68363c98a704',
  },
  {
    path: 'variants/multi_turn_long_context.jsonl',
    commit: V3,
    source: `${DATA}/BFCL_v3_multi_turn_long_context.json`,
    sizeBytes: 393662,
    sha256: '17898c71fc5ceca4538e812602bc0338efafe665594380094bd4288f10394f51',
  },
  {
    path: 'variants/long_context_ground_truth.jsonl',
    commit: V3,
    source: `${DATA}/possible_answer/BFCL_v3_multi_turn_long_context.json`,
    sizeBytes: 115222,
    sha256: '387fae6ec3146c1fd4cce8b901a69b1ec7a0844aa211f425f79049d35dd0b433',
  },
  {
    path: 'v4/multi_turn_base.jsonl',
    commit: V4,
    source: `${DATA}/BFCL_v4_multi_turn_base.json`,
    sizeBytes: 390425,
    sha256: '1a21a995d06fd6f20ba55de7bced30ef953ec35e998f502ec2ecf4d66ef1c43a',
  },
  {
    path: 'v4/ground_truth.jsonl',
    commit: V4,
    source: `${DATA}/possible_answer/BFCL_v4_multi_turn_base.json`,
    sizeBytes: 78931,
    sha256: '1fee67823b317571649177dd89d63969feaae4e810cc7448ee55ba797fb7c8fc',
  },
  {
    path: 'v4/func-docs/GorillaFileSystem.jsonl',
    commit: V4,
    source: `${DATA}/multi_turn_func_doc/gorilla_file_system.json`,
    sizeBytes: 13953,
    sha256: 'c4c1b741c71e2a17c97a5dc9c4a91d89978c4eaece56494d14272d5df6c650e9',
  },
  {
    path: 'v4/func-docs/MathAPI.jsonl',
    commit: V4,
    source: `${DATA}/multi_turn_func_doc/math_api.json`,
    sizeBytes: 9158,
    sha256: '83fa31708c89442bdcf12ac4dfbe3be8663ec9183a1b1524a9fda98164bc7e0b',
  },
  {
    path: 'v4/func-docs/MessageAPI.jsonl',
    commit: V4,
    source: `${DATA}/multi_turn_func_doc/message_api.json`,
    sizeBytes: 6027,
    sha256: '4d58ea933a5d2b280d7a52366617fb47fecd333d7b0e08e724db6fa12fb5f847',
  },
  {
    path: 'v4/func-docs/TwitterAPI.jsonl',
    commit: V4,
    source: `${DATA}/multi_turn_func_doc/posting_api.json`,
    sizeBytes: 10573,
    sha256: '87f9fc404a06e4107d7c366f1399c596440e84c16cb119faf374b2f532d86e8b',
  },
  {
    path: 'v4/func-docs/TicketAPI.jsonl',
    commit: V4,
    source: `${DATA}/multi_turn_func_doc/ticket_api.json`,
    sizeBytes: 6648,
    sha256: '31324e0380782664fe82ba05bd23517808ad55692b45a5fe7c3d4d395fe4f0f8',
  },
  {
    path: 'v4/func-docs/TradingBot.jsonl',
    commit: V4,
    source: `${DATA}/multi_turn_func_doc/trading_bot.json`,
    sizeBytes: 12608,
    sha256: '1a7933fd8f0cb8fbec38aeae05cb8c24132747cad4904fe1c13ac3d01fc22c2d',
  },
  {
    path: 'v4/func-docs/TravelAPI.jsonl',
    commit: V4,
    source: `${DATA}/multi_turn_func_doc/travel_booking.json`,
    sizeBytes: 16979,
    sha256: 'f17b950c13adddf41d0848077df58788252e4c2e7cad5cfa71c8c4bf04f57b26',
  },
  {
    path: 'v4/func-docs/VehicleControlAPI.jsonl',
    commit: V4,
    source: `${DATA}/multi_turn_func_doc/vehicle_control.json`,
    sizeBytes: 17545,
    sha256: '0c8a66292844874ef7b168f343bc394d8615d2d9e1f4387999a9ee23011eac78',
  },
  {
    path: 'variants/long-context-constants.json',
    commit: V3,
    source: `${CODE}/long_context.py`,
    sizeBytes: 190330,
    sha256: '5c9a5710115609c779e5b2ccb43f6ad58271ed96f2ea7a797edb0d65c385aa38',
    convert: 'python-constants',
  },
];
