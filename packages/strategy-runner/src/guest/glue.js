/**
 * Makes `ctx` inside the sandbox. Evaluated once, before the image to which each run goes back is captured; what it takes from the
 * global scope it takes now, before a strategy can replace it.
 *
 * Nothing here is a wall: whatever a strategy does to this code, it reaches only the host functions, which check, count and bound each call.
 */
(host, indicators) => {
  const { assign, freeze, isFrozen, values: valuesOf } = Object;
  const { apply } = Reflect;
  const { parse, stringify } = JSON;
  const PromiseOf = Promise;
  const ErrorOf = Error;
  const TypeErrorOf = TypeError;
  const Column = Float64Array;
  const textOf = String;

  // The places of a stack would hand out the functions of this file and of the host.
  ErrorOf.prepareStackTrace = (_, places) => delete Object.getPrototypeOf(places[0]).getFunction;
  new ErrorOf().stack;
  ErrorOf.prepareStackTrace = undefined;

  class Series {
    #handle;
    #length;
    #values;
    constructor(handle, length) {
      this.#handle = handle;
      this.#length = length;
      freeze(this);
    }
    static handleOf(value) {
      return typeof value === "object" && value !== null && #handle in value ? value.#handle : undefined;
    }
    get length() {
      return this.#length;
    }
    get last() {
      return host.seriesLast(this.#handle);
    }
    get values() {
      this.#values ??= host.seriesValues(this.#handle);
      return this.#values;
    }
    at(index) {
      const column = this.values;
      return column[index < 0 ? this.#length + index : index] ?? NaN;
    }
    *[Symbol.iterator]() {
      const column = this.values;
      for (let at = 0; at < this.#length; at += 1) yield column[at];
    }
  }
  delete Series.prototype.constructor;
  freeze(Series.prototype);

  const columnNames = ["openMs", "open", "high", "low", "close", "volume"];

  function candlesAt(handle, symbol, timeframe, length) {
    const candles = { symbol, timeframe, length };
    for (let at = 0; at < columnNames.length; at += 1) candles[columnNames[at]] = new Series(handle + at, length);
    return freeze(candles);
  }

  function handleOf(value) {
    const handle = Series.handleOf(value);
    if (handle !== undefined) return handle;
    if (typeof value !== "object" || value === null)
      throw new TypeErrorOf("an indicator is computed of a series or an array of numbers");
    return host.seriesOf(new Column(value));
  }

  /** One function of `ctx.ta`: it passes handles, so that no series is sent back to the host. */
  function indicator({ name, inputs, parameterCount, outputs }, index) {
    const isOfValues = inputs.length === 1 && inputs[0] === "values";
    return (source, ...parameters) => {
      if (typeof source !== "object" || source === null) {
        throw new TypeErrorOf(
          `ta.${name} is computed of ${isOfValues ? "a series or an array of numbers" : "candles"}`,
        );
      }
      const args = [index, parameters.length];
      for (let at = 0; at < parameterCount; at += 1) args[2 + at] = parameters[at];
      for (let at = 0; at < inputs.length; at += 1) {
        args[2 + parameterCount + at] = isOfValues ? handleOf(source) : (Series.handleOf(source[inputs[at]]) ?? -1);
      }
      const first = apply(host.indicator, undefined, args);
      const length = host.seriesLength(first);
      if (outputs.length === 1) return new Series(first, length);
      const series = {};
      for (let at = 0; at < outputs.length; at += 1) series[outputs[at]] = new Series(first + at, length);
      return freeze(series);
    };
  }

  const ta = {};
  for (const [index, definition] of parse(indicators).entries()) ta[definition.name] = indicator(definition, index);

  function json(value) {
    const text = stringify(value);
    return text === undefined ? "null" : text;
  }

  const state = {
    get(key, byDefault) {
      const text = host.stateGet(key);
      return text === undefined ? byDefault : parse(text);
    },
    set(key, value) {
      host.stateSet(key, stringify(value));
    },
    delete(key) {
      host.stateDelete(key);
    },
    keys() {
      return parse(host.stateKeys());
    },
  };

  /** Writes what a log line is made of: texts as they are, all else as JSON, and what JSON cannot hold as its text. */
  function shown(value) {
    if (typeof value === "string") return value;
    if (typeof value === "number") return textOf(value);
    if (value instanceof ErrorOf) return `${value.name}: ${value.message}`;
    try {
      return stringify(value) ?? textOf(value);
    } catch {
      return "(cannot be shown)";
    }
  }

  function line(level) {
    return (...parts) => {
      let text = "";
      for (let at = 0; at < parts.length; at += 1) text += (at === 0 ? "" : " ") + shown(parts[at]);
      host.log(level, text);
    };
  }

  /** Resolvers of the calls that wait, by number. */
  const waiting = { __proto__: null };

  function ask(method, argument) {
    return new PromiseOf((resolve, reject) => {
      waiting[host.ask(method, argument)] = { resolve, reject };
    });
  }

  /** Settles a call; `kind` says what `text` is. */
  function settle(number, kind, text) {
    const call = waiting[number];
    delete waiting[number];
    const answer = parse(text);
    if (kind === "candles") call.resolve(candlesAt(answer.handle, answer.symbol, answer.timeframe, answer.length));
    else if (kind === "ticker") call.resolve(freeze(answer));
    else call.reject(assign(new ErrorOf(answer.message), { code: answer.code }));
  }

  /** Candles that were asked for, by handle: the same object each time, so that its values are copied once. */
  const known = { __proto__: null };

  const market = {
    candles(symbol, timeframe) {
      const handle = host.candles(symbol, timeframe);
      known[handle] ??= candlesAt(handle, symbol, timeframe, host.seriesLength(handle));
      return known[handle];
    },
    fetchCandles: (need) => ask("fetchCandles", json(need)),
    fetchTicker: (symbol) => ask("fetchTicker", json(symbol)),
  };

  function orderView({ id, symbol, side, type, quantity, filledQuantity, price }) {
    const view = { id, symbol, side, type, quantity: +quantity, filledQuantity: +filledQuantity };
    view.exactQuantity = quantity;
    view.exactFilledQuantity = filledQuantity;
    if (price !== undefined) {
      view.price = +price;
      view.exactPrice = price;
    }
    return freeze(view);
  }

  function ordersOf(open) {
    const views = [];
    for (let at = 0; at < open.length; at += 1) views[at] = orderView(open[at]);
    freeze(views);
    return freeze({
      place({ symbol, side, type, quantity, price }) {
        return host.place(symbol, side, type, quantity, price);
      },
      cancel(orderId) {
        host.cancel(orderId);
      },
      open: (symbol) => (symbol === undefined ? views : freeze(views.filter((order) => order.symbol === symbol))),
    });
  }

  function positionView({ symbol, quantity, averagePrice }) {
    return freeze({
      symbol,
      quantity: +quantity,
      averagePrice: +averagePrice,
      exactQuantity: quantity,
      exactAveragePrice: averagePrice,
    });
  }

  function portfolioOf({ currency, cash, equity, positions }) {
    const views = [];
    for (let at = 0; at < positions.length; at += 1) views[at] = positionView(positions[at]);
    return freeze({
      currency,
      cash: +cash,
      exactCash: cash,
      equity: +equity,
      exactEquity: equity,
      positions: freeze(views),
      position(symbol) {
        for (let at = 0; at < views.length; at += 1) if (views[at].symbol === symbol) return views[at];
        return positionView({ symbol, quantity: "0", averagePrice: "0" });
      },
    });
  }

  function deepFrozen(value) {
    if (typeof value !== "object" || value === null || isFrozen(value)) return value;
    const children = valuesOf(freeze(value));
    for (let at = 0; at < children.length; at += 1) deepFrozen(children[at]);
    return value;
  }

  /** Small fast counting generator. @source https://pracrand.sourceforge.net (sfc32) */
  function randomOf(seed) {
    let a = seed[0];
    let b = seed[1];
    let c = seed[2];
    let counter = seed[3];
    const next = () => {
      const sum = (a + b + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = ((c << 21) | (c >>> 11)) + sum;
      c |= 0;
      return sum >>> 0;
    };
    for (let round = 0; round < 12; round += 1) next();
    return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
  }

  /** The run's generator, made when something is drawn first: a module that draws while it is loaded depends on the run. */
  let generator;
  const draw = () => {
    generator ??= randomOf(host.seed());
    return generator();
  };
  Math.random = () => draw();

  const fixed = {
    random: () => draw(),
    market: freeze(market),
    ta: freeze(ta),
    state: freeze(state),
    log: freeze({ info: line("info"), warn: line("warn"), error: line("error") }),
    notify: (text) => host.notify(shown(text)),
  };

  /** Makes the `ctx` of a run. */
  function begin(start) {
    const { config, nowMs, portfolio, openOrders } = parse(start);
    return freeze({
      config: deepFrozen(config),
      now: nowMs,
      random: fixed.random,
      market: fixed.market,
      ta: fixed.ta,
      orders: ordersOf(openOrders),
      portfolio: portfolioOf(portfolio),
      state: fixed.state,
      log: fixed.log,
      notify: fixed.notify,
    });
  }

  /** Says what of a value JSON would lose or change; undefined if nothing. */
  function lossOf(value) {
    let loss;
    if (value === undefined) return loss;
    stringify(value, (key, child) => {
      const kind = typeof child;
      const isLost =
        kind === "number" ? child - child !== 0 : kind !== "object" && kind !== "string" && kind !== "boolean";
      if (isLost)
        loss = `${key === "" ? "it" : `its ${key}`} is ${kind === "number" ? child : kind}, which JSON cannot hold`;
      return isLost ? null : child;
    });
    return loss;
  }

  /** What a module exports, for the check at deploy. */
  function inspect({ run, needs, config }) {
    const losses = { needs: lossOf(needs), config: lossOf(config) };
    const kept = { needs: losses.needs ?? needs, config: losses.config ?? config };
    return stringify({ hasRun: typeof run === "function", losses, needs: kept.needs, config: kept.config });
  }

  return { begin, settle, inspect };
};
