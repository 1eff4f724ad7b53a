import {
  functionValues,
  linearEquation,
  linearSystem,
  logarithms,
  quadraticRoots,
  rootExpressions,
} from './algebra.ts';
import {
  arrangements,
  committees,
  gridPaths,
  inclusionExclusion,
  integerSolutions,
} from './counting.ts';
import type { Family } from './family.ts';
import { circles, polygonArea, rightTriangles } from './geometry.ts';
import { chineseRemainder, linearCongruence, powerRemainder } from './modular.ts';
import { baseConversion, divisorCount, factorialExponent, gcdLcm } from './number-theory.ts';
import { POCKET_FAMILIES } from './pocket.ts';
import { dice, repeatedTrials, urnDraws } from './probability.ts';
import { arithmeticSeries, geometricSeries, recurrence } from './sequences.ts';
import { percentages, rates } from './words.ts';

/** Every generated family, the pocket ones first. */
export const FAMILIES: readonly Family[] = [
  ...POCKET_FAMILIES,
  divisorCount,
  gcdLcm,
  baseConversion,
  factorialExponent,
  powerRemainder,
  linearCongruence,
  chineseRemainder,
  linearEquation,
  linearSystem,
  rootExpressions,
  quadraticRoots,
  functionValues,
  logarithms,
  arithmeticSeries,
  geometricSeries,
  recurrence,
  committees,
  arrangements,
  gridPaths,
  inclusionExclusion,
  integerSolutions,
  dice,
  urnDraws,
  repeatedTrials,
  polygonArea,
  rightTriangles,
  circles,
  rates,
  percentages,
];
