"""Every decision on one screen: which command is decided where.

`decide` is pure: it looks at the branch, changes nothing, and answers with the events that now
happen, or raises `Refused`. Whether a message is well formed and whether its sender may send it
has been asked before; here the only question is whether it is possible now.
"""

from __future__ import annotations

from typing import assert_never

from server.domain import (
    appointments,
    counters,
    day,
    forms,
    lobby,
    pagers,
    persons,
    ratings,
    remote,
    requests,
    serving,
    stepping_back,
    tickets,
    timers,
)
from server.domain.commands import (
    AnyCommand,
    Configure,
    MarkRehearsal,
    NoteTerminal,
    Resume,
    StepClock,
    TimePassed,
)
from server.domain.events import Event
from server.domain.refusals import DayChanged, DayNotOpen, Refused
from server.domain.state import Branch, Stamp
from shared import protocol as p

AT_ANY_TIME = p.OpenDay | p.AppointmentCommand
"""What is not only meant for the business day that is open."""


def decide(branch: Branch, command: AnyCommand, stamp: Stamp) -> list[Event]:
    """The events a command brings about; no events where it asks for what already is.

    Raises `Refused` when the branch's state forbids it.
    """
    if isinstance(command, p.BranchCommand) and not isinstance(command, AT_ANY_TIME):
        _refuse_other_day(branch, command)
    events = _decided(branch, command, stamp)
    if events and isinstance(command, p.CounterCommand):
        return [*counters.staffed(branch, command, stamp), *events]
    return events


def _decided(branch: Branch, command: AnyCommand, stamp: Stamp) -> list[Event]:
    match command:
        # the customer
        case p.TakeTicket():
            return tickets.take(branch, command, stamp)
        case p.TakeRemoteTicket():
            return remote.take(branch, command, stamp)
        case p.LeaveLine():
            return tickets.leave(branch, command, stamp)
        case p.StepBack():
            return stepping_back.step_back(branch, command, stamp)
        case p.EndStepBack():
            return stepping_back.end(branch, command, stamp)
        case p.FillForm():
            return forms.fill(branch, command, stamp)
        case p.RequestHelp():
            return lobby.request_help(branch, command, stamp)
        # the counter: calling
        case p.CallNext():
            return serving.call_next(branch, command, stamp)
        case p.CallNumber():
            return serving.call_number(branch, command, stamp)
        case p.RecallTicket():
            return serving.recall(branch, command, stamp)
        case p.ResumeTicket():
            return serving.resume(branch, command, stamp)
        case p.ReturnTicket():
            return serving.return_(branch, command, stamp)
        case p.MarkMissed():
            return serving.miss(branch, command, stamp)
        # the counter: serving
        case p.StartService():
            return serving.start(branch, command, stamp)
        case p.FinishService():
            return serving.finish(branch, command, stamp)
        case p.AddTransaction():
            return serving.add(branch, command, stamp)
        case p.TransferTicket():
            return serving.transfer(branch, command, stamp)
        case p.ParkTicket():
            return serving.park(branch, command, stamp)
        case p.UndoAction():
            return serving.undo(branch, command, stamp)
        # ratings
        case p.RepeatQuestion():
            return ratings.repeat(branch, command, stamp)
        case p.ConfirmQuestion():
            return ratings.confirm(branch, command, stamp)
        case p.RateService():
            return ratings.rate(branch, command, stamp)
        case p.GiveRatingReason():
            return ratings.give_reason(branch, command, stamp)
        case p.RateVisit():
            return ratings.rate_visit(branch, command, stamp)
        # the counter itself
        case p.OpenCounter():
            return counters.open_(branch, command, stamp)
        case p.PauseCounter():
            return counters.pause(branch, command, stamp)
        case p.ResumeCounter():
            return counters.resume(branch, command, stamp)
        case p.CloseAfterThis():
            return counters.close_after_this(branch, command, stamp)
        case p.CloseCounter():
            return counters.close(branch, command, stamp)
        case p.SetCounterServices():
            return counters.set_services(branch, command, stamp)
        case p.AskHelp():
            return counters.ask_help(branch, command, stamp)
        case p.EndHelp():
            return counters.end_help(branch, command, stamp)
        # the lobby: tickets
        case p.ReprintTicket():
            return tickets.reprint(branch, command, stamp)
        case p.ChangeLanes():
            return tickets.change_lanes(branch, command, stamp)
        case p.SetNeeds():
            return tickets.set_needs(branch, command, stamp)
        case p.DivertToMachine():
            return tickets.divert(branch, command, stamp)
        case p.ReturnFromMachine():
            return tickets.return_from_machine(branch, command, stamp)
        case p.FinishAtMachine():
            return tickets.finish_at_machine(branch, command, stamp)
        case p.PromoteTicket():
            return tickets.promote(branch, command, stamp)
        case p.ReinstateTicket():
            return tickets.reinstate(branch, command, stamp)
        case p.ReassignTicket():
            return tickets.reassign(branch, command, stamp)
        case p.GiveUpTicket():
            return tickets.give_up(branch, command, stamp)
        # the lobby: whose visit it is
        case p.RecordPerson():
            return persons.record(branch, command, stamp)
        case p.ForgetPerson():
            return persons.forget(branch, command, stamp)
        # the lobby: everything else
        case p.SetMachine():
            return lobby.set_machine(branch, command, stamp)
        case p.ReportPrinter():
            return lobby.report_printer(branch, command, stamp)
        case p.ReportVoice():
            return lobby.report_voice(branch, command, stamp)
        case p.BindPager():
            return pagers.bind(branch, command, stamp)
        case p.ReleasePager():
            return pagers.release(branch, command, stamp)
        case p.ReportPager():
            return pagers.report(branch, command, stamp)
        case p.ConfirmPagerCall():
            return pagers.confirm(branch, command, stamp)
        case p.SendMessage():
            return lobby.send_message(branch, command, stamp)
        case p.ClearMessage():
            return lobby.clear_message(branch, command, stamp)
        case p.SignOnDuty():
            return lobby.sign_on(branch, command, stamp)
        case p.HandOverDuty():
            return lobby.hand_over(branch, command, stamp)
        case p.SignOffDuty():
            return lobby.sign_off(branch, command, stamp)
        case p.CloseAlert():
            return lobby.close_alert(branch, command, stamp)
        case p.TakeUpRequest():
            return requests.take_up(branch, command, stamp)
        case p.EscalateRequest():
            return requests.escalate(branch, command, stamp)
        case p.CloseRequest():
            return requests.close(branch, command, stamp)
        case p.OpenService():
            return lobby.open_service(branch, command, stamp)
        case p.CloseService():
            return lobby.close_service(branch, command, stamp)
        case p.StopIssuing():
            return lobby.stop_issuing(branch, command, stamp)
        case p.ResumeIssuing():
            return lobby.resume_issuing(branch, command, stamp)
        case p.ChoosePreset():
            return lobby.choose_preset(branch, command, stamp)
        # the day
        case p.OpenDay():
            return day.open_day(branch, command, stamp)
        case p.CloseDay():
            return day.close_day(branch, command, stamp)
        case p.StartEmergency():
            return day.start_emergency(branch, command, stamp)
        case p.EndEmergency():
            return day.end_emergency(branch, command, stamp)
        case p.EnterHandwritten():
            return day.enter_handwritten(branch, command, stamp)
        # appointments
        case p.HoldSlot():
            return appointments.hold(branch, command, stamp)
        case p.ReleaseSlot():
            return appointments.release(branch, command, stamp)
        case p.BookAppointment():
            return appointments.book(branch, command, stamp)
        case p.MoveAppointment():
            return appointments.move(branch, command, stamp)
        case p.ConfirmAppointment():
            return appointments.confirm(branch, command)
        case p.CancelAppointment():
            return appointments.cancel(branch, command, stamp)
        case p.CheckIn(visit=int(visit)):
            return remote.arrive(branch, visit, command)
        case p.CheckIn():
            return appointments.check_in(branch, command, stamp)
        # the shell
        case TimePassed():
            return timers.time_passed(branch, stamp.at)
        case Configure():
            return day.configure(branch, command, stamp)
        case MarkRehearsal():
            return day.mark_rehearsal(branch, command, stamp)
        case Resume():
            return day.resume(branch, command, stamp)
        case NoteTerminal():
            return counters.note_terminal(branch, command, stamp)
        case StepClock():
            return day.step_clock(branch, command, stamp)
        case _:
            assert_never(command)


def _refuse_other_day(branch: Branch, command: p.BranchCommand) -> None:
    """A command waits for nobody overnight: it holds for the day it names."""
    if branch.day is None:
        raise Refused(DayNotOpen())
    if command.day != branch.day.date:
        raise Refused(DayChanged(branch.day.date))
