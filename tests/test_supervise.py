"""The supervisor's configuration: gentle, restarting, ours."""

import os
import socket
import sys

import pytest
from supervisor.datatypes import dict_of_key_value_pairs

from core.supervise import SIDECAR, Program, _configuration

pytestmark = pytest.mark.unit

PROGRAMS = [SIDECAR, Program("connect", ("demo", "--connect", "1"), once=True)]


@pytest.fixture
def configuration(tmp_path):
    return _configuration(PROGRAMS, tmp_path)


def test_a_program_is_restarted_unless_it_ended_well_or_for_a_wrong_setting(configuration):
    sidecar = configuration["program:sidecar"]
    assert (sidecar["autorestart"], sidecar["exitcodes"]) == ("unexpected", "0,2")
    assert int(sidecar["stopwaitsecs"]) > 30
    assert configuration["program:connect"]["autorestart"] == "false"


def test_the_sidecar_is_told_to_set_little_memory_aside(configuration):
    environment = dict_of_key_value_pairs(configuration["program:sidecar"]["environment"])
    assert environment == SIDECAR.environment
    assert "MALLOC_ARENA_MAX" in environment
    assert dict_of_key_value_pairs(configuration["program:connect"]["environment"]) == {}


def test_a_percent_sign_in_a_path_is_no_expression(tmp_path):
    configuration = _configuration(PROGRAMS, tmp_path / "100%(x)s")
    assert "100%%(x)s" in configuration["supervisord"]["pidfile"]


def test_where_our_output_is_a_socket_the_logs_go_to_files(tmp_path, mocker):
    ours, theirs = socket.socketpair()
    stdout = os.fdopen(os.dup(ours.fileno()), "w")
    mocker.patch.object(sys, "stdout", stdout)
    configuration = _configuration(PROGRAMS, tmp_path)
    stdout.close()
    ours.close()
    theirs.close()
    assert configuration["program:sidecar"]["stdout_logfile"] == str(tmp_path / "sidecar.log")
