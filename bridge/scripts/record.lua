-- ardour-lua record.lua FOLDER TRACKS RATE SECONDS
-- A new session in FOLDER on the JACK server of the environment, with armed MIDI tracks t00, t01, ... that record at once.
-- FOLDER.ready appears when it does: its tempo, then the name of each track's input, a line each.
-- It ends when FOLDER.stop appears or after SECONDS, and saves. The takes: FOLDER/interchange/*/midifiles/*.mid
local folder, tracks, rate, seconds = arg[1], tonumber(arg[2]), tonumber(arg[3]), tonumber(arg[4])
local STEP_S = 0.05

local function fail(what)
  io.stderr:write(what .. "\n")
  os.exit(1)
end

local function pause(s) ARDOUR.LuaAPI.usleep(math.floor(s * 1000000)) end

local function wait_until(is_so, limit_s)
  local waited = 0
  while not is_so() do
    if waited >= limit_s then return false end
    pause(STEP_S)
    waited = waited + STEP_S
  end
  return true
end

local function exists(path)
  local file = io.open(path, "r")
  if file then file:close() end
  return file ~= nil
end

local function add_track(session, name)
  local one = ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1)
  local made = session:new_midi_track(one, one, true, ARDOUR.PluginInfo(), nil, nil, 1, name,
    ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
  for track in made:iter() do
    track:rec_enable_control():set_value(1, PBD.GroupControlDisposition.NoGroup)
    return "ardour:" .. track:input():midi(0):name()
  end
  fail("Ardour made no track")
end

-- written under another name first, so that nobody reads half of it
local function tell(path, lines)
  local file = io.open(path .. ".part", "w")
  file:write(table.concat(lines, "\n") .. "\n")
  file:close()
  os.rename(path .. ".part", path)
end

if AudioEngine:set_backend("JACK", "ardour", ""):isnil() then fail("Ardour has no JACK backend") end
local session = create_session(folder, "take", rate)
if not session then fail("Ardour made no session") end

local tempo = Temporal.TempoMap.read():quarters_per_minute_at(Temporal.timepos_t(0))
local lines = { string.format("%.9f", tempo) }
for number = 0, tracks - 1 do
  lines[#lines + 1] = add_track(session, string.format("t%02d", number))
end
-- asked while it still makes the tracks, Ardour 7.3 sometimes never rolls: one time in seven without this rest
pause(0.7)
local function rolls()
  if not session:transport_rolling() then
    session:maybe_enable_record(false)
    session:request_roll(ARDOUR.TransportRequestSource.TRS_UI)
  end
  return session:transport_rolling() and session:actively_recording()
end
if not wait_until(rolls, 5) then
  fail(string.format("Ardour does not record: rolling %s, recording %s", tostring(session:transport_rolling()), tostring(session:actively_recording())))
end
tell(folder .. ".ready", lines)

wait_until(function() return exists(folder .. ".stop") end, seconds)
session:request_stop(false, false, ARDOUR.TransportRequestSource.TRS_UI)
wait_until(function() return not session:transport_rolling() end, 10)
pause(1) -- the takes are written by a thread of their own
session:save_state("")
close_session()
quit()
