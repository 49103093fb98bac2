%% The Erlang peer of the actor benchmark: idiomatic OTP, one measurement per run.
%%   erl -noshell +S 1:1 -run erlang_actors main NAME N
%% prints lines "name value unit". README.md describes every workload.
-module(erlang_actors).
-behaviour(gen_server).
-export([main/1, start_worker/1]).
-export([init/1, handle_call/3, handle_cast/2]).

-define(RING_SIZE, 1000).
-define(PRODUCERS, 4).
%% Messages granted to a producer at a time; it starts with two grants.
-define(GRANT, 1000).
%% A supervisor walks the list of its recent restarts on every restart. A fresh one per batch keeps
%% that list, and with it an artefact of crashing thousands of times a second, out of the result.
-define(CRASHES_PER_SUPERVISOR, 50).

main([Name, Count]) ->
  Measure = benchmark(Name),
  N = parse_count(Count),
  ok = logger:set_primary_config(level, none),
  {Runner, Monitor} = spawn_monitor(fun() -> Measure(N) end),
  receive
    {'DOWN', Monitor, process, Runner, normal} -> halt(0);
    {'DOWN', Monitor, process, Runner, Reason} -> fail(1, "~s failed: ~p", [Name, Reason])
  end;
main(_) ->
  fail(2, "usage: erlang_actors NAME N", []).

benchmark("ping_pong") -> rate("ping_pong", "round_trips/s", fun ping_pong/1);
benchmark("call") -> rate("call", "round_trips/s", fun call/1);
benchmark("many_to_one") -> rate("many_to_one", "messages/s", fun many_to_one/1);
benchmark("ring") -> rate("ring", "hops/s", fun ring/1);
benchmark("spawn_exit") -> rate("spawn_exit", "actors/s", fun spawn_exit/1);
benchmark("cross_one_way") -> rate("cross_one_way", "messages/s", fun cross_one_way/1);
benchmark("cross_round_trip") -> rate("cross_round_trip", "round_trips/s", fun cross_round_trip/1);
benchmark("idle_bytes") -> fun idle_bytes/1;
benchmark("crash_restart") -> fun crash_restart/1;
benchmark(Name) -> fail(2, "unknown benchmark ~s", [Name]).

parse_count(Text) ->
  case string:to_integer(Text) of
    {N, ""} when N > 0 -> N;
    _ -> fail(2, "N must be a positive whole number, not ~s", [Text])
  end.

fail(Status, Format, Arguments) ->
  io:format(standard_error, Format ++ "~n", Arguments),
  halt(Status).

%% Runs a tenth as warm-up, then times the whole. The workload returns what it really did.
rate(Name, Unit, Workload) ->
  fun(N) ->
    _ = Workload(N div 10 + 1),
    Start = erlang:monotonic_time(),
    Done = Workload(N),
    Elapsed = erlang:monotonic_time() - Start,
    Seconds = Elapsed / erlang:convert_time_unit(1, second, native),
    io:format("~s ~b ~s~n", [Name, round(Done / Seconds), Unit])
  end.

%% --- ping_pong, cross_round_trip -----------------------------------------------------------------

ping_pong(N) -> ping_pong(N, []).

cross_round_trip(N) -> ping_pong(N, on_scheduler(2)).

ping_pong(N, PongOptions) ->
  in_process(
    on_scheduler(1),
    fun() ->
      Pong = spawn_opt(fun pong/0, [link | PongOptions]),
      ping(Pong, N),
      Pong ! stop,
      N
    end).

ping(_Pong, 0) -> ok;
ping(Pong, N) ->
  Pong ! {ping, self(), N, 1, 2, 3},
  receive {pong, N, _, _, _} -> ping(Pong, N - 1) end.

pong() ->
  receive
    {ping, From, A, B, C, D} -> From ! {pong, A, B, C, D}, pong();
    stop -> ok
  end.

%% --- call ----------------------------------------------------------------------------------------

call(N) ->
  {ok, Server} = gen_server:start_link(?MODULE, counter, []),
  call(Server, N),
  ok = gen_server:stop(Server),
  N.

call(_Server, 0) -> ok;
call(Server, N) ->
  {N, _, _, _} = gen_server:call(Server, {echo, N, 1, 2, 3}),
  call(Server, N - 1).

%% --- many_to_one, cross_one_way ------------------------------------------------------------------

many_to_one(N) -> flood(N, ?PRODUCERS, on_scheduler(1), on_scheduler(1)).

cross_one_way(N) -> flood(N, 1, on_scheduler(2), on_scheduler(1)).

flood(N, ProducerCount, ProducerOptions, ConsumerOptions) ->
  in_process(
    ConsumerOptions,
    fun() ->
      Consumer = self(),
      Share = (N + ProducerCount - 1) div ProducerCount,
      Produce = fun() -> produce(Consumer, Share, 2 * ?GRANT) end,
      Producers = [spawn_opt(Produce, [link | ProducerOptions]) || _ <- lists:seq(1, ProducerCount)],
      consume(Producers, Share * ProducerCount, ?GRANT * ProducerCount),
      Share * ProducerCount
    end).

produce(_Consumer, 0, _Granted) -> ok;
produce(Consumer, Left, 0) ->
  receive grant -> produce(Consumer, Left, ?GRANT) end;
produce(Consumer, Left, Granted) ->
  Consumer ! {item, Left, 1, 2, 3},
  produce(Consumer, Left - 1, Granted - 1).

consume(_Producers, 0, _UntilGrant) -> ok;
consume(Producers, Left, 0) ->
  [Producer ! grant || Producer <- Producers],
  consume(Producers, Left, ?GRANT * length(Producers));
consume(Producers, Left, UntilGrant) ->
  receive {item, _, _, _, _} -> consume(Producers, Left - 1, UntilGrant - 1) end.

%% --- ring ----------------------------------------------------------------------------------------

ring(N) ->
  Driver = self(),
  Last = spawn_link(fun() -> receive {next, First} -> ring_node(First, Driver) end end),
  Link = fun(_, Next) -> spawn_link(fun() -> ring_node(Next, Driver) end) end,
  First = lists:foldl(Link, Last, lists:seq(2, ?RING_SIZE)),
  Last ! {next, First},
  First ! {token, N, 1, 2, 3},
  receive done -> ok end,
  First ! stop,
  receive stopped -> N end.

ring_node(Next, Driver) ->
  receive
    {token, 1, _, _, _} -> Driver ! done, ring_node(Next, Driver);
    {token, Left, A, B, C} -> Next ! {token, Left - 1, A, B, C}, ring_node(Next, Driver);
    stop -> Next ! stop, Driver ! stopped
  end.

%% --- spawn_exit ----------------------------------------------------------------------------------

spawn_exit(N) ->
  spawn_and_await(N),
  N.

spawn_and_await(0) -> ok;
spawn_and_await(N) ->
  {Child, Monitor} = spawn_monitor(fun() -> ok end),
  receive {'DOWN', Monitor, process, Child, normal} -> spawn_and_await(N - 1) end.

%% --- idle_bytes ----------------------------------------------------------------------------------

idle_bytes(N) ->
  Older = sets:from_list(processes(), [{version, 2}]),
  garbage_collect(),
  ResidentBefore = resident_bytes(),
  Before = erlang:memory(processes),
  start_idle(N),
  garbage_collect(),
  After = erlang:memory(processes),
  ResidentAfter = resident_bytes(),
  Own = lists:sum([memory_of(Pid) || Pid <- processes(), not sets:is_element(Pid, Older)]),
  io:format("idle_bytes ~b bytes/actor~n", [round((After - Before) / N)]),
  io:format("idle_bytes_process_info ~b bytes/actor~n", [round(Own / N)]),
  io:format("idle_bytes_resident ~b bytes/actor~n", [round((ResidentAfter - ResidentBefore) / N)]).

start_idle(0) -> ok;
start_idle(N) ->
  {ok, _} = gen_server:start(?MODULE, counter, []),
  start_idle(N - 1).

memory_of(Pid) ->
  {memory, Bytes} = process_info(Pid, memory),
  Bytes.

resident_bytes() ->
  {ok, Text} = file:read_file("/proc/self/statm"),
  [_Size, Resident | _] = string:split(Text, " ", all),
  binary_to_integer(Resident) * 4096.

%% --- crash_restart -------------------------------------------------------------------------------

%% Twice: with crash reports switched off, and as OTP comes, with three reports per crash formatted
%% by the processes that log them.
crash_restart(N) ->
  print_crash_restart("crash_restart", N),
  discard_reports(),
  ok = logger:set_primary_config(level, notice),
  print_crash_restart("crash_restart_reported", N).

print_crash_restart(Name, N) ->
  _ = crash_times(N div 10 + 1, []),
  Sorted = lists:sort(crash_times(N, [])),
  Median = lists:nth((N + 1) div 2, Sorted),
  Nanoseconds = erlang:convert_time_unit(Median, native, nanosecond),
  io:format("~s ~.2f us~n", [Name, Nanoseconds / 1000]).

%% The default handler as it is, but with its text going to /dev/null instead of standard output.
discard_reports() ->
  {ok, Default} = logger:get_handler_config(default),
  ok = logger:remove_handler(default),
  Config = maps:with([level, filters, filter_default, formatter], Default),
  ok = logger:add_handler(default, logger_std_h, Config#{config => #{file => "/dev/null"}}).

crash_times(0, Times) -> Times;
crash_times(N, Times) ->
  Batch = min(N, ?CRASHES_PER_SUPERVISOR),
  {ok, Supervisor} = supervisor:start_link(?MODULE, {supervisor, self()}),
  receive {up, _} -> ok end,
  More = [crash_time() || _ <- lists:seq(1, Batch)],
  unlink(Supervisor),
  Monitor = monitor(process, Supervisor),
  exit(Supervisor, shutdown),
  receive {'DOWN', Monitor, process, Supervisor, _} -> ok end,
  crash_times(N - Batch, More ++ Times).

%% The restarted worker announces itself, so the client neither polls nor waits too long.
crash_time() ->
  Start = erlang:monotonic_time(),
  gen_server:cast(crashing_worker, crash),
  receive {up, _} -> ok end,
  {1, 2, 3, 4} = gen_server:call(crashing_worker, {echo, 1, 2, 3, 4}),
  erlang:monotonic_time() - Start.

start_worker(Client) ->
  gen_server:start_link({local, crashing_worker}, ?MODULE, {worker, Client}, []).

%% --- callbacks: the supervisor and both kinds of gen_server --------------------------------------

init({supervisor, Client}) ->
  Flags = #{strategy => one_for_one, intensity => 1000000, period => 1},
  Child = #{id => worker, start => {?MODULE, start_worker, [Client]}},
  {ok, {Flags, [Child]}};
init({worker, Client}) ->
  Client ! {up, self()},
  {ok, 0};
init(counter) ->
  {ok, 0}.

handle_call({echo, A, B, C, D}, _From, Calls) -> {reply, {A, B, C, D}, Calls + 1}.

handle_cast(crash, _Calls) -> error(crash_asked_for).

%% --- shared --------------------------------------------------------------------------------------

%% Undocumented, and the only way to keep two processes on two schedulers: left alone, the load
%% balancer puts a lightly loaded pair on one. With one scheduler every process is on the first.
on_scheduler(Number) -> [{scheduler, Number}].

in_process(Options, Workload) ->
  {Pid, Monitor} = spawn_opt(fun() -> exit({done, Workload()}) end, [monitor | Options]),
  receive {'DOWN', Monitor, process, Pid, {done, Result}} -> Result end.
